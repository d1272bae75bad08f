import { tarCorrupt } from './tar-error.ts';

const BASE_256 = 0x80;
const NEGATIVE = 0x40;

/**
 * A number of a tar header: octal digits ended by a space or NUL (POSIX ustar), or big-endian two's complement after a first byte
 * with its top bit set (GNU base-256). An empty field is 0. Throws `tar-corrupt` when it is neither; `offset` is for its message.
 */
export function parseNumberField(field: Buffer, name: string, offset: number): bigint {
  const first = field[0] ?? 0;
  if ((first & BASE_256) !== 0) {
    let value = (first & NEGATIVE) === 0 ? BigInt(first & 0x3f) : BigInt(first & 0x3f) - 0x40n;
    for (const byte of field.subarray(1)) value = (value << 8n) | BigInt(byte);
    return value;
  }
  const text = field.toString('latin1');
  const digits = /^ *([0-7]*)[ \0]*/.exec(text);
  if (digits?.[1] === undefined || digits[0].length !== text.length) {
    // Some writers leave bytes of a former field after the first NUL: only what precedes it counts.
    const ended = /^ *([0-7]+)\0/.exec(text);
    if (ended?.[1] === undefined) throw tarCorrupt(`its ${name} field is not an octal number`, offset);
    return BigInt(`0o${ended[1]}`);
  }
  return digits[1] === '' ? 0n : BigInt(`0o${digits[1]}`);
}
