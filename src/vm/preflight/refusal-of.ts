import type { GuestShell } from '../guest-shell.ts';
import { TrialFailure } from './trial-failure.ts';

/**
 * Runs a command that ends in a restart, which may come before it has answered: the shell then goes with the system, in the middle of a word or after the last one.
 *
 * @returns a promise that rejects with TrialFailure when the command says that it did not do it, and else never settles: to be raced with the restart.
 */
export function refusalOf(shell: GuestShell, command: string, seconds: number): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  shell.exec(command, seconds).then(
    ({ status, output }) => {
      if (status !== 0) reject(new TrialFailure(`\`${command}\` ended with ${status}:\n${output.trim()}`));
    },
    // It ended with its machine, or fell silent: who waits for the restart notices.
    () => {},
  );
  return promise;
}
