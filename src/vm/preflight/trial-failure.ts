/** A release did not do in a trial what it must: a finding about the release, not a defect. Caught by who runs the trials. */
export class TrialFailure extends Error {
  override readonly name = 'TrialFailure';
}

/** Throws {@link TrialFailure} with `reason` unless `condition` holds. */
export function must(condition: boolean, reason: string): asserts condition {
  if (!condition) throw new TrialFailure(reason);
}
