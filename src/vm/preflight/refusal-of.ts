import type { GuestShell } from '../guest-shell.ts';
import { TrialFailure } from './trial-failure.ts';

/**
 * Runs a command that ends in a restart, which may come before it has answered: the shell then goes with the system, in the middle of a word or after the last one.
 *
 * @returns a promise that rejects with TrialFailure when the command says that it did not do it, and else never settles: to be raced with the restart.
 */
export function refusalOf(shell: GuestShell, command: string, seconds: number): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const refused = async (): Promise<TrialFailure | undefined> => {
    const { status, output } = await shell.exec(command, seconds);
    if (status === 0) return undefined;
    // A system that stops ends its programs, this one too.
    const { output: state } = await shell.exec('systemctl is-system-running');
    if (state.trim() === 'stopping') return undefined;
    return new TrialFailure(`\`${command}\` ended with ${status}:\n${output.trim()}`);
  };
  refused().then(
    (failure) => failure && reject(failure),
    // It ended with its machine, or fell silent: who waits for the restart notices.
    () => {},
  );
  return promise;
}
