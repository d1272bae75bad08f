import { type ProgramOptions, type ProgramOutput, runProgram } from '../../store/program/run-program.ts';

/** Runs a program of the device: the real thing is {@link runOnDevice}. Tests lead it to programs of their own. */
export type RunOnDevice = (argv: readonly string[], options?: ProgramOptions) => Promise<ProgramOutput>;

/** What systemd's programs print is a few kilobytes; what it shows of failures, its end, is what matters. */
const KEEP_BYTES = 256 << 10;
/** None of them has reason to take as long; a service manager that does not answer must not stop the agent for good. */
const LIMIT_MILLISECONDS = 90_000;
/** Longer than `runProgram` takes to kill a program that does not want to end. */
const AFTER_MILLISECONDS = 7000;

/** Runs a program with bounds on its time and output. */
export const runOnDevice: RunOnDevice = (argv, options = {}) => {
  const limit = AbortSignal.timeout(LIMIT_MILLISECONDS);
  const signal = options.signal === undefined ? limit : AbortSignal.any([options.signal, limit]);
  return Promise.race([runProgram(argv, { keepBytes: KEEP_BYTES, ...options, signal }), wellAfter(signal)]);
};

/**
 * Rejects some time after the abort. A program that was killed may have left others behind that hold its output open: they must not be waited for,
 * or the agent would wait for ever.
 */
function wellAfter(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const aborted = (): void => void setTimeout(() => reject(signal.reason), AFTER_MILLISECONDS).unref();
    if (signal.aborted) aborted();
    else signal.addEventListener('abort', aborted, { once: true });
  });
}
