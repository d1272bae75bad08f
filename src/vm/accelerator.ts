import {
  accessSync,
  constants,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { defaultStoreDirectory } from '../store/store.ts';
import type { Emulator } from './emulator.ts';
import { makeMachineDirectory } from './machine-directory.ts';
import type { Accelerator } from './machine-options.ts';
import { qemuArguments } from './qemu-arguments.ts';
import { qmpClient } from './qmp-client.ts';
import { startEmulator } from './start-emulator.ts';

/** An accelerator, and why it and no other. */
export interface AcceleratorChoice {
  readonly accelerator: Accelerator;
  /** For a person: `KVM works`, `KVM was tried: …`. */
  readonly reason: string;
}

/** With KVM the firmware speaks within two seconds even on a busy machine; emulated it would take three and more. */
const PROBE_MILLISECONDS = 8_000;

const DEVICE = '/dev/kvm';

const verdictSchema = z.object({
  subject: z.string(),
  accelerator: z.enum(['kvm', 'tcg']),
  reason: z.string(),
});

/**
 * The accelerator for this host. That `/dev/kvm` can be opened says little (nested virtualisation may be refused by the
 * hypervisor at the first instruction), so the firmware is started under it once; the verdict is remembered until the host boots
 * again or QEMU changes.
 *
 * @param memory the file that remembers.
 */
export async function chooseAccelerator(
  emulator: Emulator,
  memory: string = join(defaultStoreDirectory(), 'accelerator.json'),
): Promise<AcceleratorChoice> {
  if (emulator.architecture !== hostArchitecture()) {
    return { accelerator: 'tcg', reason: `the host is no ${emulator.architecture} machine` };
  }
  try {
    accessSync(DEVICE, constants.R_OK | constants.W_OK);
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return { accelerator: 'tcg', reason: absent ? `there is no ${DEVICE}` : `${DEVICE} may not be opened` };
  }
  const subject = subjectOf(emulator);
  const known = recall(memory);
  if (known !== undefined && known.subject === subject) {
    return { accelerator: known.accelerator, reason: known.reason };
  }
  const fault = await probe(emulator);
  const choice: AcceleratorChoice =
    fault === undefined
      ? { accelerator: 'kvm', reason: 'KVM works' }
      : { accelerator: 'tcg', reason: `KVM was tried: ${fault}` };
  remember(memory, { subject, ...choice });
  return choice;
}

/** Boots nothing but the firmware under KVM; returns why that does not work, or undefined when it does. */
async function probe(emulator: Emulator): Promise<string | undefined> {
  const directory = makeMachineDirectory();
  try {
    const variables = join(directory.path, 'variables.fd');
    copyFileSync(emulator.firmwareVariables, variables);
    const machine = await startEmulator(
      emulator,
      qemuArguments({
        emulator,
        accelerator: 'kvm',
        memory: 256,
        processors: 1,
        firmwareVariables: variables,
        disks: [],
        network: { kind: 'none' },
        onReset: 'exit',
        watchdog: false,
        firmwareStrings: [],
        secondSerial: false,
      }),
    );
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const timer = setTimeout(() => resolve('the firmware said nothing'), PROBE_MILLISECONDS);
    machine.serial.once('data', () => resolve(undefined));
    void machine.ended.then(({ complaint }) => resolve(`QEMU ended (${complaint.trim().split('\n').at(-1)})`));
    const control = qmpClient(machine.control, (event) => {
      if (event.name === 'STOP') resolve('the guest stopped in an internal error');
    });
    control.execute('cont').catch(() => resolve('QEMU refused to start the guest'));
    const fault = await promise;
    clearTimeout(timer);
    machine.kill();
    await machine.ended;
    return fault;
  } finally {
    directory.remove();
  }
}

/** What a verdict is about: this boot of the host (boot_id, random(4)), this QEMU. */
function subjectOf(emulator: Emulator): string {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  const { mtimeMs, size } = statSync(emulator.program);
  return `${boot} ${emulator.program} ${size} ${mtimeMs}${emulator.secureBoot ? ' secure-boot' : ''}`;
}

function recall(memory: string): z.infer<typeof verdictSchema> | undefined {
  try {
    return verdictSchema.parse(JSON.parse(readFileSync(memory, 'utf8')));
  } catch {
    // Absent or damaged: it is only a memory of what can be tried again.
    return undefined;
  }
}

function remember(memory: string, verdict: z.infer<typeof verdictSchema>): void {
  mkdirSync(dirname(memory), { recursive: true });
  const aside = `${memory}.${process.pid}`;
  writeFileSync(aside, JSON.stringify(verdict) + '\n');
  renameSync(aside, memory);
}

function hostArchitecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch;
}
