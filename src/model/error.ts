import type { ErrorCode } from './error-codes.ts';

/** A place in a text file that a person wrote: lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** The text of that line, for the excerpt with a caret. */
  readonly excerpt?: string | undefined;
  /** How many columns the caret underlines; 1 when absent. */
  readonly width?: number | undefined;
}

/**
 * What stops a command: `code` is stable and has a page in the documentation, `message` says what went wrong and where, `hint`
 * says what to do. Expected outcomes (an invalid definition, drift) are findings in a report, not errors.
 */
export class AshlarError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly place: Place | undefined;
  override readonly name = 'AshlarError';

  constructor(code: ErrorCode, message: string, options: { hint: string; place?: Place | undefined; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.place = options.place;
  }
}
