import { AshlarError } from '../model/error.ts';

/** Runs `work` on what the file at `path` holds: parsers are given bytes, so their errors do not say whose. These do. */
export async function aboutFile<Result>(path: string, work: () => Promise<Result> | Result): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AshlarError) || !ABOUT_CONTENT.has(error.code) || error.message.includes(path)) throw error;
    const { code, message, hint, place } = error;
    throw new AshlarError(code, `${path}: ${message}`, { hint, place, cause: error });
  }
}

/** Codes of errors that speak of bytes. */
const ABOUT_CONTENT: ReadonlySet<string> = new Set(['image-corrupt', 'image-unsupported', 'partition-table-invalid']);
