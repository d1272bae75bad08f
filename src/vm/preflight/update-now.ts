import type { GuestShell } from '../guest-shell.ts';
import { INSTALL_SECONDS, STOP_SECONDS } from './deadlines.ts';
import { must, TrialFailure } from './trial-failure.ts';
import type { TriedMachine } from './tried-machine.ts';

/**
 * Lets the system update itself and waits for its restart, with which the machine must end (`onReset: 'exit'`).
 *
 * @throws TrialFailure when the update was refused or failed, with what it said.
 */
export async function updateNow(machine: TriedMachine, shell: GuestShell): Promise<void> {
  const { running } = machine;
  // The shell goes with the system, in the middle of a word or after the last one.
  const said = shell.exec('ashlar update --now', INSTALL_SECONDS).catch((error: unknown) => {
    if (error instanceof Error) return { status: 0, output: error.message };
    throw error;
  });
  const first = await Promise.race([said, running.ended]);
  if ('output' in first)
    must(first.status === 0, `\`ashlar update --now\` ended with ${first.status}:\n${first.output.trim()}`);
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), STOP_SECONDS * 1000);
  const end = await Promise.race([running.ended, late.promise]);
  clearTimeout(timer);
  if (end?.kind === 'reset') return;
  const output = 'output' in first ? `; the update said:\n${first.output.trim()}` : '';
  throw new TrialFailure(
    `it did not restart into the update (${end?.kind ?? `not within ${STOP_SECONDS} s`})${output}`,
  );
}
