import type { Place } from './error.ts';

/** One thing that a check found: a value in a report, not an exception. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  /** Stable and machine-readable, e.g. `path-outside-root`. */
  readonly rule: string;
  /** What is wrong, in one sentence, naming the value. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
  /** Where: a place in a file, when there is one. */
  readonly place?: Place | undefined;
  /** Where in the data: `files["/etc/motd"].mode`. */
  readonly path?: string | undefined;
}
