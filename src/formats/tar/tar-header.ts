import { type ByteString, byteString } from '../../model/byte-string.ts';
import { parseNumberField } from './number-field.ts';
import { tarCorrupt } from './tar-error.ts';

/** Everything in a tar archive is a multiple of this long. */
export const TAR_BLOCK_BYTES = 512;

/** The fields of one 512-byte header, before extended headers are applied. */
export interface TarHeader {
  readonly path: ByteString;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of data that follow the header. */
  readonly size: number;
  /** Seconds since 1970, possibly negative. */
  readonly mtime: bigint;
  /** The type flag as a character; a NUL is given as `0`. */
  readonly type: string;
  readonly linkTarget: ByteString;
  readonly major: number;
  readonly minor: number;
  /** The block itself, for what GNU keeps in places of its own. */
  readonly block: Buffer;
}

const CHECKSUM_AT = 148;
const CHECKSUM_BYTES = 8;
const MODE_BITS = 0o7777n;

/**
 * Parses a header block (POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar, "Basic Tar Format"). Gives undefined for a block of
 * zeros, which ends an archive. `offset` is the block's place in the archive, for messages. Throws `tar-corrupt`.
 */
export function parseTarHeader(block: Buffer, offset: number): TarHeader | undefined {
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < TAR_BLOCK_BYTES; at++) {
    const inChecksum = at >= CHECKSUM_AT && at < CHECKSUM_AT + CHECKSUM_BYTES;
    const byte = inChecksum ? 0x20 : (block[at] ?? 0);
    unsigned += byte;
    signed += byte < 0x80 ? byte : byte - 0x100;
  }
  if (unsigned === CHECKSUM_BYTES * 0x20 && block.every((byte) => byte === 0)) return undefined;

  const number = (at: number, length: number, name: string): bigint =>
    parseNumberField(block.subarray(at, at + length), name, offset);
  const count = (at: number, length: number, name: string): number => {
    const value = number(at, length, name);
    if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw tarCorrupt(`its ${name} field is out of range`, offset);
    }
    return Number(value);
  };
  const text = (at: number, length: number): ByteString => {
    const field = block.subarray(at, at + length);
    const end = field.indexOf(0);
    return byteString(end < 0 ? field : field.subarray(0, end));
  };

  // Historic writers summed signed bytes: readers accept either.
  const checksum = number(CHECKSUM_AT, CHECKSUM_BYTES, 'checksum');
  if (checksum !== BigInt(unsigned) && checksum !== BigInt(signed)) {
    throw tarCorrupt('the checksum of an entry does not match', offset);
  }
  // GNU's own magic is `ustar` and two spaces; it keeps other things where POSIX has the prefix.
  const posix = block.toString('latin1', 257, 263) === 'ustar\0';
  const name = text(0, 100);
  const prefix = posix ? text(345, 155) : ('' as ByteString);
  const type = String.fromCharCode(block[156] ?? 0);
  const device = type === '3' || type === '4';
  return {
    path: prefix === '' ? name : (`${prefix}/${name}` as ByteString),
    mode: Number(number(100, 8, 'mode') & MODE_BITS),
    uid: count(108, 8, 'user id'),
    gid: count(116, 8, 'group id'),
    size: count(124, 12, 'size'),
    mtime: number(136, 12, 'time'),
    type: type === '\0' ? '0' : type,
    linkTarget: text(157, 100),
    major: device ? count(329, 8, 'device major') : 0,
    minor: device ? count(337, 8, 'device minor') : 0,
    block,
  };
}
