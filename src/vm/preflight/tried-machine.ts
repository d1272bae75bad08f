import { HEALTHY_PATH } from '../../model/device-files.ts';
import { AshlarError } from '../../model/error.ts';
import { type GuestShell, guestShell } from '../guest-shell.ts';
import { makeMachine } from '../machine.ts';
import type { MachineDisk } from '../machine-options.ts';
import type { RunningMachine } from '../running-machine.ts';
import { shownOnSerial } from '../shown-on-serial.ts';
import { COMMAND_SECONDS, START_SECONDS, STOP_SECONDS } from './deadlines.ts';
import { type GuestStart, guestStarts } from './guest-starts.ts';
import { HARNESS_KERNEL_ARGUMENT, SETUP_UNIT_NAME } from './harness.ts';
import { must, TrialFailure } from './trial-failure.ts';

/** What the setup said when it did not work. */
const SETUP_LOG = `journalctl -b -u ${SETUP_UNIT_NAME} -n 20 --no-pager`;

/** A machine on which a release is tried, switched on. */
export interface TriedMachine {
  readonly running: RunningMachine;
  /** The next system that is up; it must be `version`, when one is named. Throws TrialFailure when another one is. */
  up(version?: string, seconds?: number): Promise<GuestStart>;
  /** A root shell in the system that is up. */
  shell(): Promise<GuestShell>;
  /** Waits until the agent has found the running release healthy, or, without an agent, until no unit has failed. Throws TrialFailure. */
  healthy(shell: GuestShell, seconds: number): Promise<void>;
  /** Switches it off in good order. Throws TrialFailure when it does not go. */
  off(): Promise<void>;
}

export interface TriedMachineOptions {
  readonly disk: MachineDisk;
  /** The image of the private repository; the guest's second disk. */
  readonly repository?: string | undefined;
  readonly commandLine: string;
  /** False for a start with nothing but a console added: there is then no shell. */
  readonly harness: boolean;
  readonly firmwareVariables?: string | undefined;
  readonly onReset: 'continue' | 'exit';
  readonly serialLog: string;
  readonly parent: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `use` on a machine that has just been switched on; it is gone afterwards, whatever happens.
 */
export async function withTriedMachine<Result>(
  options: TriedMachineOptions,
  use: (tried: TriedMachine) => Promise<Result>,
): Promise<Result> {
  const { signal } = options;
  signal?.throwIfAborted();
  await using machine = await makeMachine({
    disks: [options.disk, ...(options.repository === undefined ? [] : [{ image: options.repository }])],
    // One processor: see the tests' `one-processor.ts`; several machines run beside each other anyway.
    processors: 1,
    // It reaches nothing, but it has a link and an address: who waits for the network need not wait in vain.
    network: { kind: 'user', outbound: false, forwards: [] },
    onReset: options.onReset,
    watchdog: true,
    secondSerial: options.harness,
    firmwareStrings: shownOnSerial(options.commandLine, options.harness ? [HARNESS_KERNEL_ARGUMENT] : []),
    serialLog: options.serialLog,
    parent: options.parent,
    ...(options.firmwareVariables === undefined ? {} : { firmwareVariables: options.firmwareVariables }),
  });
  const running = await machine.boot();
  const stop = (): void => void running.kill();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await use(triedMachine(running, signal));
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

function triedMachine(running: RunningMachine, signal: AbortSignal | undefined): TriedMachine {
  const starts = guestStarts(running);
  return {
    running,
    async up(version, seconds = START_SECONDS) {
      const start = await starts.next(seconds, signal);
      const { status, troubles } = start;
      must(
        status.verified && status.readOnly,
        `${status.name} ${status.version} came up, but its root is not verified and read-only`,
      );
      if (version === undefined || status.version === version) return start;
      const why = troubles.length === 0 ? '' : `: ${troubles.join('; ')}`;
      throw new TrialFailure(`${status.version} came up where ${version} should have${why}`);
    },
    async shell() {
      const shell = await guestShell(running.secondSerial, START_SECONDS);
      const { status, output } = await shell.exec(`systemctl is-active ${SETUP_UNIT_NAME} || ${SETUP_LOG}`);
      if (status === 0 && output === 'active\n') return shell;
      throw new AshlarError('trial-impossible', `The machine could not be prepared for the trial: ${output.trim()}`, {
        hint: 'The serial log of the trial may say more.',
      });
    },
    async healthy(shell, seconds) {
      const { status } = await shell.exec('test -e /usr/lib/systemd/system/ashlar-agent.service');
      if (status === 0) {
        try {
          return await shell.until(`[ -e ${HEALTHY_PATH} ]`, seconds);
        } catch (error) {
          if (!(error instanceof AshlarError) || error.code !== 'guest-command-failed') throw error;
        }
        const { output } = await shell.exec('ashlar status || journalctl -b -u ashlar-agent.service -n 20 --no-pager');
        throw new TrialFailure(`it was not healthy within ${seconds} s:\n${output.trim()}`);
      }
      const failed = await shell.read(
        "systemctl list-units --failed --plain --no-legend | cut -d' ' -f1",
        COMMAND_SECONDS,
      );
      must(failed === '', `units have failed: ${failed.split('\n').join(', ')}`);
    },
    async off() {
      const end = await running.powerOff(STOP_SECONDS);
      must(end.kind === 'powered-off', `it did not switch off within ${STOP_SECONDS} s of the power button`);
    },
  };
}
