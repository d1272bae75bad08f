/** How long a server may take, and what else is bounded when talking to it. */
export interface HttpLimits {
  /** From the request until the head of the answer, the connection and TLS included. Milliseconds. */
  readonly answerMilliseconds: number;
  /** Without a single byte of the body. Milliseconds of waiting: what the receiver takes for itself does not count. */
  readonly silenceMilliseconds: number;
  /** Over this much waiting … */
  readonly paceMilliseconds: number;
  /** … at least so many bytes must have come: a server that gives a byte now and then holds an updater for ever (TUF “slow retrieval attack”). */
  readonly paceBytes: number;
  /** Redirections that are followed for one request. */
  readonly redirects: number;
  /** Tries for one request that brings nothing; after progress they count from the beginning. */
  readonly attempts: number;
  /** Before the second try; doubles with each. Milliseconds. */
  readonly firstPauseMilliseconds: number;
  /** A server that asks for a longer pause (`Retry-After`) is left alone: whoever asked decides when to come again. Seconds. */
  readonly longestPauseSeconds: number;
  /** Neighbouring ranges at most this far apart are asked for as one. Bytes: what a line of 10 Mbit/s brings in a round trip of 25 ms. */
  readonly gapBytes: number;
  /** Requests that are under way at once, so that the line is busy while an answer is on its way. */
  readonly requestsAtOnce: number;
}

/** Fit for a device on a mobile network: patience of half a minute, and no less than 1 KiB a second. */
export const HTTP_LIMITS: HttpLimits = {
  answerMilliseconds: 30_000,
  silenceMilliseconds: 30_000,
  paceMilliseconds: 60_000,
  paceBytes: 60 * 1024,
  redirects: 5,
  attempts: 4,
  firstPauseMilliseconds: 1000,
  longestPauseSeconds: 30,
  gapBytes: 32 * 1024,
  requestsAtOnce: 4,
};
