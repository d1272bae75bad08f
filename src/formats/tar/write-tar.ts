import { type ByteString, toBuffer } from '../../model/byte-string.ts';
import type { Metadata, Timestamp } from '../../model/tree.ts';
import type { TarExtent } from './tar-entry.ts';
import { TAR_BLOCK_BYTES } from './tar-header.ts';

/** A member to be written: what a {@link TarEntry} says, without its place. */
export type TarMember = Metadata & { readonly path: ByteString } & (
    | {
        readonly type: 'file';
        readonly size: number;
        /** Where the data of a sparse file goes; undefined for a plain file. */
        readonly extents: readonly TarExtent[] | undefined;
        /** The bytes of the extents, or of the whole file; they must add up. */
        readonly data: Iterable<Uint8Array>;
      }
    | { readonly type: 'hardlink' | 'symlink'; readonly target: ByteString }
    | { readonly type: 'block' | 'character'; readonly major: number; readonly minor: number }
    | { readonly type: 'directory' | 'fifo' }
  );

const TYPE_FLAGS = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
} as const;
const NAME_BYTES = 100;
/** Largest values of the octal fields of 8 and 12 bytes. */
const MAX_SMALL = 0o7777777;
const MAX_LARGE = 0o77777777777;
const END = Buffer.alloc(2 * TAR_BLOCK_BYTES);

/**
 * Writes a pax archive (POSIX.1-2017) piece by piece: extended headers only where the old ones cannot say it, attributes as
 * `SCHILY.xattr.`, holes as GNU's sparse format 1.0. What GNU tar and libarchive unpack with everything in place.
 */
export function* writeTar(members: Iterable<TarMember>): Generator<Uint8Array> {
  for (const member of members) yield* memberBlocks(member);
  yield END;
}

function* memberBlocks(member: TarMember): Generator<Uint8Array> {
  const map = member.type === 'file' && member.extents !== undefined ? sparseMap(member.extents) : undefined;
  const size = member.type === 'file' ? storedSize(member) + (map?.length ?? 0) : 0;
  const records = recordsOf(member, size);
  if (records.length > 0) {
    const bytes = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)));
    yield header({ name: Buffer.from('pax'), type: 'x', size: bytes.length, mode: 0o644 });
    yield bytes;
    yield padding(bytes.length);
  }
  yield header({
    name: toBuffer(member.path),
    type: TYPE_FLAGS[member.type],
    size,
    mode: member.mode,
    uid: member.uid,
    gid: member.gid,
    mtime: member.mtime,
    ...('target' in member ? { target: toBuffer(member.target) } : {}),
    ...('major' in member ? { major: member.major, minor: member.minor } : {}),
  });
  if (member.type !== 'file') return;
  if (map !== undefined) yield map;
  let written = map?.length ?? 0;
  for (const bytes of member.data) {
    written += bytes.length;
    yield bytes;
  }
  if (written !== size) throw new RangeError(`a member of ${size} bytes has ${written}`);
  yield padding(size);
}

function storedSize(file: TarMember & { type: 'file' }): number {
  return file.extents?.reduce((sum, extent) => sum + extent.size, 0) ?? file.size;
}

/** What the old header has no place for. */
function recordsOf(member: TarMember, size: number): [string, Buffer][] {
  const records: [string, Buffer][] = [];
  const { seconds, nanoseconds } = member.mtime;
  const sparse = member.type === 'file' && member.extents !== undefined;
  if (sparse) {
    records.push(
      ['GNU.sparse.major', Buffer.from('1')],
      ['GNU.sparse.minor', Buffer.from('0')],
      ['GNU.sparse.name', toBuffer(member.path)],
      ['GNU.sparse.realsize', Buffer.from(String(member.size))],
    );
  } else if (member.path.length > NAME_BYTES) {
    records.push(['path', toBuffer(member.path)]);
  }
  if ('target' in member && member.target.length > NAME_BYTES) records.push(['linkpath', toBuffer(member.target)]);
  if (size > MAX_LARGE) records.push(['size', Buffer.from(String(size))]);
  if (member.uid > MAX_SMALL) records.push(['uid', Buffer.from(String(member.uid))]);
  if (member.gid > MAX_SMALL) records.push(['gid', Buffer.from(String(member.gid))]);
  if (nanoseconds !== 0 || seconds < 0n || seconds > BigInt(MAX_LARGE)) {
    records.push(['mtime', Buffer.from(paxTime(member.mtime))]);
  }
  for (const [name, value] of member.xattrs) records.push([`SCHILY.xattr.${name}`, value]);
  return records;
}

function paxTime({ seconds, nanoseconds }: Timestamp): string {
  const total = seconds * 1_000_000_000n + BigInt(nanoseconds);
  const positive = total < 0n ? -total : total;
  return `${total < 0n ? '-' : ''}${positive / 1_000_000_000n}.${String(positive % 1_000_000_000n).padStart(9, '0')}`;
}

/** `LENGTH KEY=VALUE\n`, the length counting itself. */
function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`, 'latin1'), value, Buffer.from('\n')]);
  let length = rest.length + 1;
  while (rest.length + String(length).length !== length) length = rest.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

/** Count, then offset and size of each piece, as decimal lines padded to a block. */
function sparseMap(extents: readonly TarExtent[]): Buffer {
  const numbers = [extents.length, ...extents.flatMap(({ offset, size }) => [offset, size])];
  const text = Buffer.from(numbers.map((number) => `${number}\n`).join(''));
  return Buffer.concat([text, padding(text.length)]);
}

interface HeaderFields {
  readonly name: Buffer;
  readonly type: string;
  readonly size: number;
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: Timestamp;
  readonly target?: Buffer;
  readonly major?: number;
  readonly minor?: number;
}

function header(fields: HeaderFields): Buffer {
  const block = Buffer.alloc(TAR_BLOCK_BYTES);
  const octal = (value: number, at: number, length: number): void => {
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  };
  const small = (value: number): number => Math.min(value, MAX_SMALL);
  const seconds = fields.mtime?.seconds ?? 0n;
  fields.name.copy(block, 0, 0, NAME_BYTES);
  octal(fields.mode, 100, 8);
  octal(small(fields.uid ?? 0), 108, 8);
  octal(small(fields.gid ?? 0), 116, 8);
  octal(Math.min(fields.size, MAX_LARGE), 124, 12);
  octal(seconds < 0n || seconds > BigInt(MAX_LARGE) ? 0 : Number(seconds), 136, 12);
  block.write(fields.type, 156, 'latin1');
  fields.target?.copy(block, 157, 0, NAME_BYTES);
  block.write('ustar\x0000', 257, 'latin1');
  octal(small(fields.major ?? 0), 329, 8);
  octal(small(fields.minor ?? 0), 337, 8);
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function padding(size: number): Buffer {
  return Buffer.alloc(-size & (TAR_BLOCK_BYTES - 1));
}
