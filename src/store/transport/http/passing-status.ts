import type { IncomingHttpHeaders } from 'node:http';
import type { Retry } from '../repository-unreachable.ts';
import { retryAfterSeconds } from './retry-after.ts';

/** Request time-out, too early, too many requests. */
const PASSING = new Set([408, 425, 429]);
const SERVER_ERROR = 500;

/** Whether a status says that the same request may go well later (RFC 9110, 15.5 and 15.6). */
export function isPassing(status: number): boolean {
  return status >= SERVER_ERROR || PASSING.has(status);
}

/** When to come again after such a status: what `Retry-After` says, or soon. */
export function retryOf(headers: IncomingHttpHeaders): Retry {
  const seconds = retryAfterSeconds(headers['retry-after'], Date.now());
  return seconds === undefined ? { kind: 'soon' } : { kind: 'after', seconds };
}
