import { type ByteString, byteString, bytesOf } from '../../model/byte-string.ts';
import { AshlarError } from '../../model/error.ts';
import {
  ALIGNMENT_BYTES,
  type CpioEntry,
  type CpioHeader,
  FIELD_DIGITS,
  FIELDS,
  HEADER_BYTES,
  MAGIC,
  MAX_NAME_BYTES,
  padded,
  TRAILER,
  TYPE_BITS,
} from './cpio-entry.ts';

const TYPE_MASK = 0o170000;
const PERMISSION_MASK = 0o7777;
const MAX_TARGET_BYTES = 4096;

/** An entry with the time that the archive states, in seconds since 1970. */
export type ParsedCpioEntry = CpioEntry & { readonly mtime: number };

/**
 * The members of one or more `newc` archives put one after the other, in order. Contents are views of `bytes`. Paths are given as
 * they are stored: who extracts them must confine them. Throws `cpio-corrupt`.
 */
export function parseCpio(bytes: Uint8Array): ParsedCpioEntry[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: ParsedCpioEntry[] = [];
  let at = 0;
  let open = true;
  while (true) {
    if (!open) at = skipZeros(view, at);
    if (at === view.length) {
      check(!open, at, 'it ends without a trailer');
      return entries;
    }
    const { header, name, content, next } = parseMember(view, at);
    open = name !== bytesOf(TRAILER);
    if (open) entries.push(entryOf(header, name, content, at));
    at = next;
  }
}

function skipZeros(view: Buffer, from: number): number {
  let at = from;
  while (at < view.length && view[at] === 0) at++;
  return at;
}

function parseMember(
  view: Buffer,
  at: number,
): { header: CpioHeader; name: ByteString; content: Buffer; next: number } {
  check(at % ALIGNMENT_BYTES === 0 && at + HEADER_BYTES <= view.length, at, 'a header is cut off');
  check(view.toString('latin1', at, at + MAGIC.length) === MAGIC, at, 'a header does not begin with 070701');
  const digits = view.toString('latin1', at + MAGIC.length, at + HEADER_BYTES);
  check(/^[0-9a-fA-F]*$/.test(digits), at, 'a header has a digit that is not hexadecimal');
  const header = Object.fromEntries(
    FIELDS.map((field, index) => [
      field,
      Number.parseInt(digits.slice(index * FIELD_DIGITS, (index + 1) * FIELD_DIGITS), 16),
    ]),
  ) as CpioHeader;
  check(header.nameBytes >= 2 && header.nameBytes <= MAX_NAME_BYTES, at, 'a name has an impossible length');
  const contentAt = at + padded(HEADER_BYTES + header.nameBytes);
  const next = contentAt + padded(header.fileBytes);
  check(next <= view.length, at, 'a member is cut off');
  const nameEnd = at + HEADER_BYTES + header.nameBytes - 1;
  check(view.indexOf(0, at + HEADER_BYTES) === nameEnd, at, 'a name is not terminated where it says');
  return {
    header,
    name: byteString(view.subarray(at + HEADER_BYTES, nameEnd)),
    content: view.subarray(contentAt, contentAt + header.fileBytes),
    next,
  };
}

function entryOf(header: CpioHeader, path: ByteString, content: Buffer, at: number): ParsedCpioEntry {
  const metadata = {
    path,
    mode: header.mode & PERMISSION_MASK,
    uid: header.uid,
    gid: header.gid,
    mtime: header.mtime,
  };
  const bits = header.mode & TYPE_MASK;
  const type = (Object.keys(TYPE_BITS) as CpioEntry['type'][]).find((candidate) => TYPE_BITS[candidate] === bits);
  check(type !== undefined, at, 'a member has an unknown type');
  check(type === 'file' || type === 'symlink' || content.length === 0, at, `a ${type} has content`);
  switch (type) {
    case 'file':
      return { ...metadata, type, content };
    case 'symlink':
      check(content.length > 0 && content.length < MAX_TARGET_BYTES, at, 'a link has no possible target');
      return { ...metadata, type, target: byteString(content) };
    case 'block':
    case 'character':
      return { ...metadata, type, major: header.rdevMajor, minor: header.rdevMinor };
    default:
      return { ...metadata, type };
  }
}

function check(condition: boolean, at: number, why: string): asserts condition {
  if (condition) return;
  throw new AshlarError('cpio-corrupt', `the cpio archive is damaged at byte ${at}: ${why}`, {
    hint: 'Only the uncompressed newc format is read; make the archive again.',
  });
}
