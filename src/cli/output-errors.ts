import { AshlarError } from '../model/error.ts';

/** An output stream, as far as it matters here. */
interface Output {
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
  off(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/**
 * Keeps errors of standard output and error from ending the process with a stack trace. The reader of a pipe that has seen enough
 * (`… | head`) is no error; a file that cannot take the result (a full disk) is told by `fail`.
 */
export function guardOutputs(outputs: readonly Output[], fail: (error: NodeJS.ErrnoException) => void): void {
  for (const output of outputs) {
    output.on('error', (error) => {
      if (error.code !== 'EPIPE') fail(error);
    });
  }
}

/**
 * Stops work whose output nobody reads any more: a machine must not run on behind `ashlar run --json | head -1`.
 *
 * @returns what ends the listening.
 */
export function onLostReader(output: Output, stop: (reason: AshlarError) => void): () => void {
  const listener = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') return;
    stop(
      new AshlarError('interrupted', 'Nobody reads the output any more.', {
        hint: 'Keep the other end of the pipe open until the command has ended.',
        cause: error,
      }),
    );
  };
  output.on('error', listener);
  return () => output.off('error', listener);
}
