/** What one try of a health check came to. */
export interface CheckResult {
  readonly passed: boolean;
  /** What was seen, for a person: `status 503`, the last lines that a command printed. At most {@link MAX_OUTPUT_BYTES}. */
  readonly output: string;
}

/** Enough for the end of a stack trace; it is kept in the journal of the device and in its reports. */
export const MAX_OUTPUT_BYTES = 2048;

/** One try; it ends soon after `signal` is aborted. Never rejects. */
export type Probe = (signal: AbortSignal) => Promise<CheckResult>;

/** Text from outside as one may print it on a terminal: no control characters but line feeds, not too long. */
export function printable(text: string): string {
  return text
    .slice(-MAX_OUTPUT_BYTES)
    .replace(/[\p{Cc}\p{Cf}]/gu, (character) => (character === '\n' ? character : ' '))
    .trim();
}
