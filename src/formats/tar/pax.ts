import type { Timestamp } from '../../model/tree.ts';
import { tarCorrupt } from './tar-error.ts';

const NEWLINE = 0x0a;
const SPACE = 0x20;
const EQUALS = 0x3d;
/** Digits of a record's length: a header is at most a few MiB, so nine are plenty. */
const LENGTH_DIGITS = 9;

/**
 * The records of a pax extended header (POSIX.1-2017, pax, "pax Extended Header"): `LENGTH KEY=VALUE\n`, LENGTH counting the
 * whole record. Keys are latin1 (attribute names are bytes), values are bytes. Throws `tar-corrupt`.
 */
export function parsePaxRecords(bytes: Buffer, offset: number): [string, Buffer][] {
  const records: [string, Buffer][] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.subarray(at, at + LENGTH_DIGITS + 1).indexOf(SPACE);
    const digits = bytes.toString('latin1', at, at + Math.max(space, 0));
    const length = /^[0-9]+$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    const equals = bytes.indexOf(EQUALS, at + space + 1);
    if (length === 0 || end > bytes.length || bytes[end - 1] !== NEWLINE || equals < 0 || equals >= end) {
      throw tarCorrupt('a pax record is malformed', offset + at);
    }
    records.push([bytes.toString('latin1', at + space + 1, equals), bytes.subarray(equals + 1, end - 1)]);
    at = end;
  }
  return records;
}

/** A pax time: decimal seconds with a fraction of any length, possibly negative; cut to nanoseconds, towards the past. */
export function parsePaxTime(value: Buffer, offset: number): Timestamp {
  const parts = /^(-?)([0-9]{1,18})(?:\.([0-9]*))?$/.exec(value.toString('latin1'));
  if (parts === null) throw tarCorrupt('a pax time is not a decimal number', offset);
  const [, sign, whole = '0', fraction = ''] = parts;
  const seconds = BigInt(whole);
  const nanoseconds = Number(fraction.padEnd(9, '0').slice(0, 9));
  if (sign === '') return { seconds, nanoseconds };
  const cut = /[1-9]/.test(fraction.slice(9)) ? 1 : 0;
  const below = nanoseconds + cut;
  return below === 0 ? { seconds: -seconds, nanoseconds: 0 } : { seconds: -seconds - 1n, nanoseconds: 1e9 - below };
}

/** A pax count (size, owner): decimal, not negative, a safe integer. */
export function parsePaxCount(value: Buffer, name: string, offset: number): number {
  const text = value.toString('latin1');
  const count = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(count)) throw tarCorrupt(`its pax ${name} is not a number in range`, offset);
  return count;
}
