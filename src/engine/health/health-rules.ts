/** How the health of a generation on probation is judged. Times are milliseconds; moments count from the start of the machine. */
export interface HealthRules {
  /** Until then a failed try does not count against a check. */
  readonly grace: number;
  /** So long all checks must hold, without a break, at the same time. */
  readonly duration: number;
  /** Not proven by then is failed. */
  readonly deadline: number;
  readonly checks: Readonly<Record<string, CheckRule>>;
}

export interface CheckRule {
  /** So many tries in a row must pass for the check to hold. */
  readonly successes: number;
  /** Between two tries, and how long one may take: a check that was not tried for longer than both, twice over, does not hold. */
  readonly interval: number;
  readonly timeout: number;
}

/** One try of a check. */
export interface HealthSample {
  readonly check: string;
  /** Milliseconds since the machine was started, by a clock that nobody sets. */
  readonly at: number;
  readonly passed: boolean;
  /** What was seen, for a person. */
  readonly output: string;
}
