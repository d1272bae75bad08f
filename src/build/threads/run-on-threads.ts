import { Worker } from 'node:worker_threads';
import { AshlarError } from '../../model/error.ts';
import { ERROR_CODES, type ErrorCode } from '../../model/error-codes.ts';

export interface ThreadsOptions<Message> {
  /** How many threads; each gets the same data and shares the work through it. */
  readonly threads: number;
  readonly onMessage: (message: Message) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs the module `name` (without its extension, relative to `base`, the `import.meta.url` of the caller) on several threads until
 * all have ended. The first error ends them all and is thrown, an AshlarError as such; so does `signal`.
 */
export async function runOnThreads<Data, Message>(
  base: string,
  name: string,
  data: Data,
  { threads, onMessage, signal }: ThreadsOptions<Message>,
): Promise<void> {
  signal?.throwIfAborted();
  // .ts in a checkout, .js in the published package.
  const script = new URL(`${name}${base.endsWith('.ts') ? '.ts' : '.js'}`, base);
  const workers = Array.from({ length: threads }, () => new Worker(script, { workerData: data }));
  const stop = (): Promise<unknown> => Promise.all(workers.map((worker) => worker.terminate()));
  const onAbort = (): void => void stop();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.all(workers.map((worker) => ended(worker, onMessage)));
    signal?.throwIfAborted();
  } finally {
    signal?.removeEventListener('abort', onAbort);
    // None of them works on when the caller does.
    await stop();
  }
}

function ended<Message>(worker: Worker, onMessage: (message: Message) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  worker.on('message', onMessage);
  worker.once('error', (error) => reject(revived(error)));
  worker.once('exit', () => resolve());
  return promise;
}

/** An error comes over from a thread with its properties and without its class. */
function revived(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'AshlarError' || !('code' in error) || !('hint' in error))
    return error;
  if (!isErrorCode(error.code) || typeof error.hint !== 'string') return error;
  return new AshlarError(error.code, error.message, { hint: error.hint, cause: error });
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && code in ERROR_CODES;
}
