import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseContentRange } from './content-range.ts';
import { retryAfterSeconds } from './retry-after.ts';

/** RFC 9110, 14.4. */
const CONTENT_RANGES: readonly (readonly [string | undefined, ReturnType<typeof parseContentRange>])[] = [
  ['bytes 0-499/1234', { offset: 0, length: 500, total: 1234 }],
  ['bytes 734-1233/1234', { offset: 734, length: 500, total: 1234 }],
  ['bytes 42-42/*', { offset: 42, length: 1, total: undefined }],
  ['bytes */1234', undefined],
  ['bytes 5-4/10', undefined],
  ['bytes 5-10/10', undefined],
  ['bytes -5/10', undefined],
  ['bytes 0-1e9/9', undefined],
  ['bytes 0-9999999999999999/*', undefined],
  ['lines 0-4/10', undefined],
  ['bytes 0-4/10, bytes 5-9/10', undefined],
  ['', undefined],
  [undefined, undefined],
];

for (const [value, expected] of CONTENT_RANGES) {
  test(`Content-Range: ${value}`, () => assert.deepEqual(parseContentRange(value), expected));
}

const NOW = Date.parse('Fri, 31 Dec 1999 23:59:00 GMT');
/** RFC 9110, 10.2.3. */
const RETRY_AFTERS: readonly (readonly [string | undefined, number | undefined])[] = [
  ['120', 120],
  [' 0 ', 0],
  ['Fri, 31 Dec 1999 23:59:59 GMT', 59],
  ['Fri, 31 Dec 1999 23:00:00 GMT', 0],
  ['999999999', 7 * 24 * 3600],
  ['Fri, 31 Dec 2999 23:59:59 GMT', 7 * 24 * 3600],
  ['-5', undefined],
  ['soon', undefined],
  ['99999999999999999999', undefined],
  ['', undefined],
  [undefined, undefined],
];

for (const [value, expected] of RETRY_AFTERS) {
  test(`Retry-After: ${value}`, () => assert.equal(retryAfterSeconds(value, NOW), expected));
}
