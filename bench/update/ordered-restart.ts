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
  const reset = Promise.withResolvers<number>();
  // From now on: a machine that went back by itself has had resets that nobody waited for.
  const deaf = device.running.onEvent(({ kind }) => {
    if (kind === 'reset') reset.resolve(performance.now());
  });
  const late = setTimeout(() => reset.reject(new Error(`${command} brought no restart`)), START_SECONDS * 1000);
  const ordered = performance.now();
  try {
    return { ordered, reset: await Promise.race([reset.promise, refusalOf(shell, command, START_SECONDS)]) };
  } finally {
    clearTimeout(late);
    deaf();
  }
}
