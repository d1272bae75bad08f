import { AshlarError } from '../../model/error.ts';

/** Whether it may help to try again: soon, after the time that the server asked for, or only once somebody has changed something. */
export type Retry =
  | { readonly kind: 'soon' }
  | { readonly kind: 'after'; readonly seconds: number }
  | { readonly kind: 'never' };

/** A repository did not answer, or with an error of its own. */
export class RepositoryUnreachable extends AshlarError {
  readonly retry: Retry;
  /** What `why` was, for who tells of it in other words. */
  readonly why: string;

  /** `why` ends the sentence, e.g. `it answers 503 Service Unavailable`. */
  constructor(place: string, why: string, retry: Retry, options: { hint?: string; cause?: unknown } = {}) {
    super('repository-unreachable', `The repository ${place} cannot be used: ${why}.`, {
      hint: options.hint ?? 'Check the network and the address; what was received already is kept.',
      cause: options.cause,
    });
    this.retry = retry;
    this.why = why;
  }
}
