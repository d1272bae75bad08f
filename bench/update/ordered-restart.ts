import { refusalOf } from '../../src/vm/preflight/refusal-of.ts';
import { INSTALL_SECONDS, START_SECONDS, type UpdateMachine } from './update-machine.ts';

/** A restart that was ordered, in milliseconds of `performance.now()`. */
export interface OrderedRestart {
  /** When the command was given. */
  readonly ordered: number;
  /** When the machine's reset was seen: what runs next begins here, with the firmware. */
  readonly reset: number;
}

/** Fetches and writes what is newest, without starting it. */
export async function stageUpdate({ shell }: UpdateMachine): Promise<void> {
  await shell.read('ashlar update --download-only', INSTALL_SECONDS);
}

/** Gives `command`, which restarts the machine, and waits for that. Throws TrialFailure when it is refused. */
export async function restartBy({ device, shell }: UpdateMachine, command: string): Promise<OrderedRestart> {
  const reset = device.running.expectEvent('reset', START_SECONDS).then(() => performance.now());
  const ordered = performance.now();
  return { ordered, reset: await Promise.race([reset, refusalOf(shell, command, START_SECONDS)]) };
}
