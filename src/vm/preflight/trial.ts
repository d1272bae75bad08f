import type { TrialBench } from './trial-bench.ts';

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
