import { type ByteString, byteString, bytesOf } from '../../src/model/byte-string.ts';
import { sha256 } from '../../src/model/digest.ts';
import {
  type DirectoryNode,
  type FileNode,
  type Metadata,
  NO_XATTRS,
  type SparseExtent,
  type Timestamp,
  type TreeNode,
} from '../../src/model/tree.ts';

export const TORTURE_BUILD_TIME: Timestamp = { seconds: 1_760_000_000n, nanoseconds: 5 };

const TIB = 2 ** 40;
/** Entries of the largest directory; this many names of one file do not fit 16 bits. */
const MANY = 100_000;

type Overrides = { -readonly [key in keyof Metadata]?: Metadata[key] };

function metadata(overrides: Overrides): Metadata {
  return { mode: 0o644, uid: 0, gid: 0, mtime: TORTURE_BUILD_TIME, xattrs: NO_XATTRS, ...overrides };
}

function file(bytes: Buffer, overrides: Overrides = {}): FileNode {
  const content = { kind: 'bytes', size: bytes.length, digest: sha256(bytes), bytes } as const;
  return { type: 'file', ...metadata(overrides), content };
}

function sparse(size: number, extents: readonly SparseExtent[]): FileNode {
  return { type: 'file', ...metadata({ uid: 7 }), content: { kind: 'sparse', size, extents } };
}

function directory(children: Record<string, TreeNode>, overrides: Overrides = {}): DirectoryNode {
  const entries = Object.entries(children).map(([name, node]) => [bytesOf(name), node] as const);
  return { type: 'directory', ...metadata({ mode: 0o755, ...overrides }), children: new Map(entries) };
}

function symlink(target: string, overrides: Overrides = {}): TreeNode {
  return { type: 'symlink', ...metadata({ mode: 0o777, ...overrides }), target: bytesOf(target) };
}

/** Bytes that no compressor shortens, the same at every run (a xorshift generator). */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed * 2654435761 + 1;
  for (let at = 0; at < length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state >>> 11;
  }
  return bytes;
}

/** Text that compresses to about a quarter. */
export function prose(length: number, seed = 1): Buffer {
  const words = ['stone', 'cut', 'square', 'so', 'exactly', 'that', 'the', 'wall', 'needs', 'no', 'mortar', '42', '\n'];
  const choices = noise(length, seed);
  let text = '';
  for (let at = 0; text.length < length; at++) text += `${words[choices[at % length]! % words.length]} `;
  return Buffer.from(text.slice(0, length));
}

function xattrs(entries: Record<string, Buffer>): ReadonlyMap<ByteString, Buffer> {
  return new Map(Object.entries(entries).map(([name, value]) => [bytesOf(name), value]));
}

/** `cap_net_raw+ep`, revision 2. */
const CAPABILITY = Buffer.from('0100000200200000000000000000000000000000', 'hex');

/** An access control list of version 2: owner, user 1000, group, mask, others. */
const ACL = Buffer.concat([
  Buffer.from('02000000', 'hex'),
  ...[
    [0x01, 6, 0xffffffff],
    [0x02, 4, 1000],
    [0x04, 4, 0xffffffff],
    [0x10, 4, 0xffffffff],
    [0x20, 0, 0xffffffff],
  ].map(([tag, permissions, id]) => {
    const entry = Buffer.alloc(8);
    entry.writeUInt16LE(tag!, 0);
    entry.writeUInt16LE(permissions!, 2);
    entry.writeUInt32LE(id!, 4);
    return entry;
  }),
]);

function contents(): Record<string, TreeNode> {
  const nodes: Record<string, TreeNode> = { empty: file(Buffer.alloc(0)) };
  const sizes = [
    1, 255, 256, 3999, 4000, 4001, 4095, 4096, 4097, 8191, 8192, 8193, 65535, 65536, 65537, 131072, 999_983,
  ];
  for (const size of sizes) {
    nodes[`noise-${size}`] = file(noise(size, size));
    nodes[`prose-${size}`] = file(prose(size, size));
    nodes[`zeros-${size}`] = file(Buffer.alloc(size));
  }
  for (let size = 300; size < 24_000; size += 613) nodes[`sweep-${size}`] = file(prose(size, size));
  // Plain and compressed pieces in one file, beginning and ending within clusters.
  for (const odd of [0, 1, 1500, 4000]) {
    const parts = [prose(150_000 + odd, 3), noise(90_000 + odd, 4), prose(70_000 + odd, 5), noise(20_000 + odd, 6)];
    nodes[`mixed-${odd}`] = file(Buffer.concat(parts));
    nodes[`mixed-${odd}-prose-last`] = file(Buffer.concat([...parts, prose(3000 + odd, 7)]));
  }
  nodes['same-a'] = file(prose(500_000, 77));
  nodes['same-b'] = file(prose(500_000, 77), { uid: 5 });
  return nodes;
}

function attributes(): Record<string, TreeNode> {
  const capable = xattrs({ 'security.capability': CAPABILITY });
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`user.n${at}`, Buffer.from(`value ${at}`)]));
  const body = prose(10_000, 9);
  return {
    'capable-1': file(body, { mode: 0o755, xattrs: capable }),
    'capable-2': file(body, { mode: 0o755, xattrs: capable }),
    'capable-3': file(Buffer.alloc(0), { mode: 0o755, xattrs: capable }),
    'acl-file': file(prose(100), { mode: 0o640, xattrs: xattrs({ 'system.posix_acl_access': ACL }) }),
    'acl-directory': directory(
      {},
      { mode: 0o750, xattrs: xattrs({ 'system.posix_acl_access': ACL, 'system.posix_acl_default': ACL }) },
    ),
    trusted: directory(
      { inside: file(prose(5000)) },
      { xattrs: xattrs({ 'trusted.overlay.opaque': Buffer.from('y') }) },
    ),
    'empty-value': file(prose(1), { xattrs: xattrs({ 'user.empty': Buffer.alloc(0) }) }),
    'long-value': file(prose(7000), { xattrs: xattrs({ 'user.long': noise(60_000, 3) }) }),
    'long-name': file(prose(4000), { xattrs: xattrs({ [`user.${'n'.repeat(250)}`]: noise(3000, 4) }) }),
    'long-name-plain': file(noise(3990, 8), { xattrs: xattrs({ [`user.${'n'.repeat(250)}`]: noise(3001, 4) }) }),
    'many-1': file(prose(3000), { xattrs: xattrs(many) }),
    'many-2': file(prose(3000), { xattrs: xattrs(many) }),
    'on-symlink': symlink('nowhere', { xattrs: xattrs({ 'trusted.mark': noise(5000, 5) }) }),
    'on-fifo': { type: 'fifo', ...metadata({ xattrs: xattrs({ 'trusted.mark': Buffer.from('fifo') }) }) },
  };
}

function names(): DirectoryNode {
  const node = directory({ ['n'.repeat(255)]: file(prose(10)), 'ünïcödé 🪨': file(prose(11)) });
  for (let byte = 1; byte < 256; byte++) {
    if (byte === 0x2f) continue;
    const suffixes = byte === 0x2e ? ['x'] : ['', 'x'];
    for (const suffix of suffixes) {
      node.children.set(byteString(Buffer.from([byte, ...Buffer.from(suffix)])), file(prose(byte, byte)));
    }
  }
  return node;
}

function many(): DirectoryNode {
  const node = directory({});
  const linked = file(prose(6000, 2));
  for (let at = 0; at < MANY; at++) {
    const name = bytesOf(`entry-${String(at).padStart(6, '0')}-with-a-name`);
    node.children.set(
      name,
      at % 10 < 7 ? linked : file(Buffer.alloc(0), { mtime: { seconds: BigInt(at), nanoseconds: at } }),
    );
  }
  return node;
}

function deep(levels: number): DirectoryNode {
  let node = directory({ bottom: file(prose(20)) });
  for (let level = 0; level < levels; level++) node = directory({ d: node });
  return node;
}

/** Everything that a file system can hold, in one tree. */
export function tortureTree(): DirectoryNode {
  const linked = file(prose(9000, 21), { mode: 0o600 });
  const times = [
    { seconds: -1n, nanoseconds: 999_999_999 },
    { seconds: -(2n ** 33n), nanoseconds: 1 },
    { seconds: 0n, nanoseconds: 0 },
    { seconds: 2n ** 34n, nanoseconds: 123_456_789 },
    TORTURE_BUILD_TIME,
  ];
  return directory(
    {
      contents: directory(contents()),
      attributes: directory(attributes()),
      names: names(),
      many: many(),
      deep: deep(200),
      empty: directory({}),
      links: directory({ one: linked, two: linked, below: directory({ three: linked }) }, { mode: 0o1777 }),
      devices: directory({
        null: { type: 'character', ...metadata({ mode: 0o666 }), major: 1, minor: 3 },
        disk: { type: 'block', ...metadata({ mode: 0o660, gid: 6 }), major: 8, minor: 1 },
        large: { type: 'character', ...metadata({}), major: 4095, minor: 1_048_575 },
        odd: { type: 'block', ...metadata({}), major: 259, minor: 65_793 },
        fifo: { type: 'fifo', ...metadata({ mode: 0o600 }) },
        socket: { type: 'socket', ...metadata({ mode: 0o777 }) },
      }),
      symlinks: directory({
        short: symlink('x'),
        usual: symlink('../contents/empty'),
        long: symlink('l'.repeat(4000)),
        longest: symlink('l'.repeat(4095), { uid: 70_000 }),
        old: symlink('/etc/passwd', { mtime: { seconds: 1n, nanoseconds: 0 } }),
      }),
      owners: directory({
        large: file(prose(50), { uid: 4_294_967_294, gid: 4_294_967_294 }),
        boundary: file(prose(50), { uid: 65_535, gid: 65_536 }),
        modes: file(prose(50), { mode: 0o7777 }),
        none: file(prose(50), { mode: 0 }),
      }),
      times: directory(Object.fromEntries(times.map((mtime, at) => [`t${at}`, file(prose(at + 1), { mtime })]))),
      sparse: directory({
        hole: sparse(123_456_789, []),
        small: sparse(1_000_000, [
          { offset: 5, bytes: noise(10) },
          { offset: 700_001, bytes: noise(9000) },
        ]),
        terabytes: sparse(5 * TIB + 12_345, [
          { offset: 0, bytes: prose(4096) },
          { offset: 3 * TIB - 3, bytes: noise(8000) },
          { offset: 5 * TIB + 12_000, bytes: prose(345) },
        ]),
      }),
    },
    { xattrs: xattrs({ 'user.root': Buffer.from('yes'), 'trusted.root': Buffer.from('as well') }) },
  );
}
