/**
 * Why a generation is not kept. The first five are evidence (design.md §8); `inconclusive` is a second round of tries that ended without
 * any; `rotten` is a slot that was proven and no longer starts; `operator` is a person's decision.
 */
export const FAILURE_KINDS = [
  'panic',
  'watchdog',
  'initrd',
  'health',
  'deadline',
  'inconclusive',
  'rotten',
  'operator',
] as const;

export type FailureKind = (typeof FAILURE_KINDS)[number];

/** A cause with what it was seen by. */
export interface FailureCause {
  readonly kind: FailureKind;
  /** One sentence for a person, naming the check, the kernel's words, or who decided. */
  readonly summary: string;
  /** What was seen: last kernel lines, output of a check. At most {@link MAX_DETAIL_LINES} lines; logs are kept in files. */
  readonly details: readonly string[];
}

/** The journal repeats the cause in every entry: it stays small, and the whole of the logs lies in reports. */
export const MAX_DETAIL_LINES = 20;
export const MAX_DETAIL_CHARACTERS = 400;

/** A cause whose details are cut to what a journal entry may hold. The last lines are kept: they are the nearest to the failure. */
export function failureCause(kind: FailureKind, summary: string, details: readonly string[] = []): FailureCause {
  const kept = details.slice(-MAX_DETAIL_LINES).map((line) => line.slice(0, MAX_DETAIL_CHARACTERS));
  return { kind, summary: summary.slice(0, MAX_DETAIL_CHARACTERS), details: kept };
}
