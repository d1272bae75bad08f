import { AshlarError } from '../../model/error.ts';
import type { TrialBench } from './trial-bench.ts';
import type { TriedRelease } from './tried-release.ts';

/** Why a trial cannot be made of a release. */
export type Obstacle = string | undefined;

/** Something that a release must do, or survive, before devices get it. */
export interface Trial {
  /** Stable: attestations name it. */
  readonly name: string;
  /** For a person, after “tries:”. */
  readonly title: string;
  /** Undefined when it can be made. */
  readonly obstacle: (bench: TrialBench) => Obstacle;
  /**
   * Makes the trial and says what was seen, in one sentence. Throws TrialFailure, or one of the `guest-…` errors, when the release does not pass; anything else
   * says nothing about the release.
   */
  readonly run: (bench: TrialBench) => Promise<string>;
}

/** The release before, which {@link Trial.obstacle} has looked for. */
export function theOneBefore({ previous }: Pick<TrialBench, 'previous'>): TriedRelease {
  if (previous !== undefined) return previous;
  throw new AshlarError('internal', 'An update was to be tried without a release before.', { hint: 'Report this.' });
}
