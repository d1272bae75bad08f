import type { GuestShell } from '../guest-shell.ts';
import { INSTALL_SECONDS } from './deadlines.ts';
import { refusalOf } from './refusal-of.ts';
import { TrialFailure } from './trial-failure.ts';
import type { TriedMachine } from './tried-machine.ts';

const UPDATE = 'ashlar update --now';

/** Asks the system to update itself; rejects with TrialFailure when it refuses, and else never settles. */
export function updateRefusal(shell: GuestShell): Promise<never> {
  return refusalOf(shell, UPDATE, INSTALL_SECONDS);
}

/**
 * Lets the system update itself and waits for its restart, with which the machine must end (`onReset: 'exit'`).
 *
 * @throws TrialFailure when the update was refused or failed, with what it said.
 */
export async function updateNow({ running }: TriedMachine, shell: GuestShell): Promise<void> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), INSTALL_SECONDS * 1000);
  try {
    const end = await Promise.race([running.ended, updateRefusal(shell), late.promise]);
    if (end?.kind === 'reset') return;
    throw new TrialFailure(`it did not restart into the update (${end?.kind ?? `not within ${INSTALL_SECONDS} s`})`);
  } finally {
    clearTimeout(timer);
  }
}
