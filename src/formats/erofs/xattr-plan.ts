import { type ByteString, display, toBuffer } from '../../model/byte-string.ts';
import type { Inode } from './inventory.ts';
import {
  SLOT_BYTES,
  XATTR_ALIGN,
  XATTR_ENTRY,
  XATTR_HEADER,
  XATTR_HEADER_BYTES,
  XATTR_PREFIX,
  XATTR_SHARED_ID_BYTES,
} from './on-disk.ts';
import { unsupported } from './unsupported.ts';

/** One attribute as bytes of the image: header, name, value, zeros up to 4 bytes. */
export interface XattrEntry {
  readonly bytes: Buffer;
  /** Equal for equal bytes. */
  readonly key: string;
}

/** An inode's attributes: those that it holds itself and those that it shares with others. */
export interface XattrPlan {
  readonly inline: readonly XattrEntry[];
  readonly shared: readonly XattrEntry[];
  /** Bytes behind the inode: 0 without attributes. */
  readonly bytes: number;
}

const NO_PLAN: XattrPlan = { inline: [], shared: [], bytes: 0 };
/** The count of an inode's shared attributes is a byte. */
const MOST_SHARED = 255;
const MAX_VALUE_BYTES = 0xffff;
const MAX_NAME_BYTES = 255;
/** The inode counts the bytes of its attributes in 16 bits: 1 + (bytes − 12) / 4. */
const MAX_BYTES = XATTR_HEADER_BYTES + (0xffff - 1) * 4;

/** Plans the attributes of all inodes: one that repeats often enough is stored once and shared. */
export function planXattrs(inodes: readonly Inode[]): ReadonlyMap<Inode, XattrPlan> {
  const entriesOf = new Map<Inode, readonly XattrEntry[]>();
  const uses = new Map<string, number>();
  for (const inode of inodes) {
    if (inode.node.xattrs.size === 0) continue;
    const entries = [...inode.node.xattrs]
      .map(([name, value]) => encodeEntry(name, value, inode.path))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    entriesOf.set(inode, entries);
    for (const { key } of entries) uses.set(key, (uses.get(key) ?? 0) + 1);
  }
  const plans = new Map<Inode, XattrPlan>();
  for (const inode of inodes) {
    const entries = entriesOf.get(inode);
    plans.set(inode, entries === undefined ? NO_PLAN : planOne(entries, uses, inode.path));
  }
  return plans;
}

function planOne(entries: readonly XattrEntry[], uses: ReadonlyMap<string, number>, path: ByteString): XattrPlan {
  const inline: XattrEntry[] = [];
  const shared: XattrEntry[] = [];
  for (const entry of entries) {
    (shared.length < MOST_SHARED && isWorthSharing(entry, uses.get(entry.key)!) ? shared : inline).push(entry);
  }
  const inlineBytes = inline.reduce((sum, entry) => sum + entry.bytes.length, 0);
  const bytes = XATTR_HEADER_BYTES + shared.length * XATTR_SHARED_ID_BYTES + inlineBytes;
  if (bytes > MAX_BYTES) {
    throw unsupported(`/${display(path)}: its extended attributes take ${bytes} bytes, the limit is ${MAX_BYTES}`);
  }
  return { inline, shared, bytes };
}

/** Whether one copy in slots of its own and an id for each use take less than a copy for each use. */
function isWorthSharing(entry: XattrEntry, uses: number): boolean {
  const own = Math.ceil(entry.bytes.length / SLOT_BYTES) * SLOT_BYTES;
  return own + uses * XATTR_SHARED_ID_BYTES < uses * entry.bytes.length;
}

function encodeEntry(name: ByteString, value: Buffer, path: ByteString): XattrEntry {
  const prefix = Object.keys(XATTR_PREFIX).find((known) =>
    known.endsWith('.') ? name.startsWith(known) : name === known,
  ) as keyof typeof XATTR_PREFIX | undefined;
  if (prefix === undefined) {
    throw unsupported(`/${display(path)}: no place for the extended attribute ${display(name)}`);
  }
  const rest = toBuffer(name.slice(prefix.length) as ByteString);
  if (rest.length > MAX_NAME_BYTES || value.length > MAX_VALUE_BYTES) {
    throw unsupported(`/${display(path)}: the extended attribute ${display(name)} is too long`);
  }
  const used = XATTR_ENTRY.bytes + rest.length + value.length;
  const bytes = Buffer.alloc(Math.ceil(used / XATTR_ALIGN) * XATTR_ALIGN);
  bytes.writeUInt8(rest.length, XATTR_ENTRY.nameLength);
  bytes.writeUInt8(XATTR_PREFIX[prefix], XATTR_ENTRY.prefix);
  bytes.writeUInt16LE(value.length, XATTR_ENTRY.valueSize);
  rest.copy(bytes, XATTR_ENTRY.bytes);
  value.copy(bytes, XATTR_ENTRY.bytes + rest.length);
  return { bytes, key: bytes.toString('latin1') };
}

/** The bytes of `plan` behind an inode; `idOf` tells a shared attribute's id. */
export function encodeXattrs(plan: XattrPlan, idOf: (entry: XattrEntry) => number): Buffer {
  const bytes = Buffer.alloc(plan.bytes);
  if (plan.bytes === 0) return bytes;
  bytes.writeUInt8(plan.shared.length, XATTR_HEADER.sharedCount);
  let at = XATTR_HEADER_BYTES;
  for (const entry of plan.shared) at = bytes.writeUInt32LE(idOf(entry), at);
  for (const entry of plan.inline) at += entry.bytes.copy(bytes, at);
  return bytes;
}
