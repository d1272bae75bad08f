import type { Part } from '../../model/definition/merge.ts';
import type { Problem } from '../../model/definition/problem.ts';
import type { Place } from '../../model/error.ts';
import type { Finding } from '../../model/finding.ts';

/** A definition as it was written, in whatever language: data, and a way back from data to text. */
export interface WrittenDefinition {
  /** The definition itself first, then its fragments. Empty when it could not be read at all; then there are findings. */
  readonly parts: readonly Part[];
  /** What made it unreadable, or was wrong with it as a text. */
  readonly findings: readonly Finding[];
  /** Where a problem's path is written. The path is that of the part in which `origin` says it. */
  readonly locate: Locate;
  /** Files that were read for it, absolute. */
  readonly sources: readonly string[];
  /** What a definition printed while it was evaluated. */
  readonly output: string;
}

export type Locate = (problem: Pick<Problem, 'path' | 'at'>, part: Part['origin'] | undefined) => Place | undefined;
