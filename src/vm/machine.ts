import { copyFileSync, existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AshlarError } from '../model/error.ts';
import { type AcceleratorChoice, chooseAccelerator } from './accelerator.ts';
import { bootMachine } from './boot-machine.ts';
import { diskFormat } from './disk-format.ts';
import { makeDiskOverlay } from './disk-overlay.ts';
import { type Emulator, findEmulator } from './emulator.ts';
import { makeMachineDirectory } from './machine-directory.ts';
import { DEFAULT_MEMORY_MIB, DEFAULT_PROCESSORS, type MachineDisk, type MachineOptions } from './machine-options.ts';
import type { MachinePlan, PlannedDisk } from './qemu-arguments.ts';
import type { RunningMachine } from './running-machine.ts';

/**
 * A machine with its disks and its firmware's variables, which both last from one boot to the next. It owns a private directory,
 * and is closed by `await using` or {@link close}.
 */
export interface Machine extends AsyncDisposable {
  readonly accelerator: AcceleratorChoice;
  /** The files that stand for its disks, in their order: to look into, or to damage, while it is off. */
  readonly disks: readonly { readonly file: string; readonly format: string }[];
  /** Switches it on. One boot at a time. */
  boot(): Promise<RunningMachine>;
  /** Ends what runs and removes its files. */
  close(): Promise<void>;
}

/**
 * Puts a machine together: firmware variables of its own, copies of its disks.
 *
 * @throws AshlarError `missing-package` when QEMU or its firmware is not installed; `usage` for a disk that is not there;
 * `emulator-failed` when a disk's copy cannot be made.
 */
export async function makeMachine(options: MachineOptions): Promise<Machine> {
  const emulator = findEmulator(options.architecture ?? 'amd64', { secureBoot: options.secureBoot ?? false });
  const accelerator: AcceleratorChoice =
    options.accelerator === undefined || options.accelerator === 'auto'
      ? await chooseAccelerator(emulator)
      : { accelerator: options.accelerator, reason: 'it was asked for' };
  const directory = makeMachineDirectory(options.parent);
  try {
    const firmwareVariables = options.firmwareVariables ?? join(directory.path, 'variables.fd');
    if (!existsSync(firmwareVariables)) copyFileSync(emulator.firmwareVariables, firmwareVariables);
    const disks: PlannedDisk[] = [];
    for (const [index, disk] of options.disks.entries()) {
      disks.push(await prepareDisk(emulator, disk, join(directory.path, `disk${index}.qcow2`)));
    }
    const plan: MachinePlan = {
      emulator,
      accelerator: accelerator.accelerator,
      memory: options.memory ?? DEFAULT_MEMORY_MIB,
      processors: options.processors ?? DEFAULT_PROCESSORS,
      firmwareVariables,
      disks,
      network: options.network ?? { kind: 'none' },
      onReset: options.onReset ?? 'continue',
      watchdog: options.watchdog ?? false,
      firmwareStrings: options.firmwareStrings ?? [],
      secondSerial: options.secondSerial ?? false,
    };
    return ownedMachine(plan, accelerator, options.serialLog, directory.remove);
  } catch (error) {
    directory.remove();
    throw error;
  }
}

function ownedMachine(
  plan: MachinePlan,
  accelerator: AcceleratorChoice,
  serialLog: string | undefined,
  remove: () => void,
): Machine {
  let running: RunningMachine | undefined;
  const close = async (): Promise<void> => {
    await running?.kill();
    remove();
  };
  return {
    accelerator,
    disks: plan.disks,
    async boot() {
      if (running !== undefined) {
        throw new AshlarError('internal', 'A machine was switched on twice.', { hint: 'Wait until it has ended.' });
      }
      running = await bootMachine(plan, serialLog);
      void running.ended.then(() => {
        running = undefined;
      });
      return running;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function prepareDisk(emulator: Emulator, disk: MachineDisk, overlay: string): Promise<PlannedDisk> {
  const image = resolve(disk.image);
  if (statSync(image, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new AshlarError('usage', `There is no disk image at ${disk.image}.`, { hint: 'Check the path.' });
  }
  if (disk.writes === 'direct') {
    const server = disk.server === undefined ? {} : { server: resolve(disk.server) };
    return { file: image, format: diskFormat(image), cache: disk.cache ?? 'writeback', ...server };
  }
  await makeDiskOverlay(emulator, image, overlay, disk.size);
  return { file: overlay, format: 'qcow2', cache: disk.cache ?? 'unsafe' };
}
