import type { ByteString } from '../../model/byte-string.ts';

/** One member of an archive. The path has no leading or trailing slash. */
export type CpioEntry =
  | (CpioMetadata & { readonly type: 'directory' })
  | (CpioMetadata & { readonly type: 'file'; readonly content: Buffer })
  | (CpioMetadata & { readonly type: 'symlink'; readonly target: ByteString })
  | (CpioMetadata & { readonly type: 'block' | 'character'; readonly major: number; readonly minor: number })
  | (CpioMetadata & { readonly type: 'fifo' | 'socket' });

export interface CpioMetadata {
  readonly path: ByteString;
  /** Permission, setuid, setgid and sticky bits. */
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** The `S_IFMT` bits of each type. */
export const TYPE_BITS: Record<CpioEntry['type'], number> = {
  fifo: 0o010000,
  character: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  file: 0o100000,
  symlink: 0o120000,
  socket: 0o140000,
};

/** The `newc` header: a magic and 13 numbers of 8 hexadecimal digits (Linux, buffer-format.rst). */
export const MAGIC = '070701';
export const FIELDS = [
  'ino',
  'mode',
  'uid',
  'gid',
  'nlink',
  'mtime',
  'fileBytes',
  'devMajor',
  'devMinor',
  'rdevMajor',
  'rdevMinor',
  'nameBytes',
  'check',
] as const;
export type CpioHeader = Record<(typeof FIELDS)[number], number>;
export const FIELD_DIGITS = 8;
export const HEADER_BYTES = MAGIC.length + FIELDS.length * FIELD_DIGITS;
export const TRAILER = 'TRAILER!!!';
/** Names and contents begin on this bound. */
export const ALIGNMENT_BYTES = 4;
/** Archives are padded to this, as GNU cpio does. */
export const ARCHIVE_BLOCK_BYTES = 512;
/** The kernel's limit of a path, its terminator included. */
export const MAX_NAME_BYTES = 4096;

/** `bytes` rounded up to the bound on which names and contents begin. */
export function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}
