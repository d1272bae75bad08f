import { type ByteString, bytesOf } from '../../model/byte-string.ts';
import { sha256 } from '../../model/digest.ts';
import {
  type DirectoryNode,
  type FileContent,
  type FileNode,
  type Metadata,
  NO_XATTRS,
  type TreeNode,
} from '../../model/tree.ts';
import type { Codec } from './codec.ts';
import { encodeFile } from './encode-file.ts';
import { BLOCK_BYTES } from './on-disk.ts';
import { writeErofs } from './write-erofs.ts';

const BUILD_TIME = { seconds: 1_700_000_000n, nanoseconds: 0 };
const METADATA: Metadata = { mode: 0o644, uid: 0, gid: 0, mtime: BUILD_TIME, xattrs: NO_XATTRS };

/** A small tree with something of every kind, for tests and as a seed of fuzzing: what is in it never changes. */
export function sampleTree(): DirectoryNode {
  const words = Buffer.from(
    Array.from({ length: 3_000 }, (_, line) => `line ${line} of a text that repeats\n`).join(''),
  );
  const noise = pseudoRandom(9_000);
  const linked = file(Buffer.from('two names\n'));
  const shared = new Map([[bytesOf('user.origin'), Buffer.from('a value that several files share')]]);
  return directory({
    bin: directory({ tool: { ...file(words), mode: 0o4755, xattrs: capability() }, again: linked }),
    etc: directory({
      hostname: { ...file(Buffer.from('sample\n')), xattrs: shared },
      machine: { ...file(Buffer.alloc(0)), xattrs: shared },
      link: { ...METADATA, mode: 0o777, type: 'symlink', target: bytesOf('../bin/tool') },
      absolute: { ...METADATA, mode: 0o777, type: 'symlink', target: bytesOf('/etc/hostname') },
      circle: { ...METADATA, mode: 0o777, type: 'symlink', target: bytesOf('circle') },
    }),
    dev: directory({
      null: { ...METADATA, mode: 0o666, type: 'character', major: 1, minor: 3 },
      disk: { ...METADATA, uid: 70_000, type: 'block', major: 259, minor: 70_000 },
      pipe: { ...METADATA, type: 'fifo' },
      socket: { ...METADATA, type: 'socket' },
    }),
    data: directory({
      noise: file(noise),
      mixed: file(Buffer.concat([words.subarray(0, 20_000), noise, words.subarray(0, 30_000), Buffer.alloc(70_000)])),
      tail: file(words.subarray(0, 5_000)),
      holes: {
        ...METADATA,
        type: 'file',
        content: {
          kind: 'sparse',
          size: 200_000,
          extents: [{ offset: 65_536, bytes: noise.subarray(0, 5_000) }],
        },
      },
      linked,
      old: { ...file(Buffer.from('before 1970')), mtime: { seconds: -5n, nanoseconds: 123_456_789 } },
    }),
    many: directory(
      Object.fromEntries(
        Array.from({ length: 300 }, (_, index) => [`entry-${'n'.repeat(index % 40)}-${index}`, linked]),
      ),
    ),
  });
}

/** As few bytes as show every structure, for fuzzing: a compressed file, a plain one, holes, links, a device, attributes. */
export function smallTree(): DirectoryNode {
  const { children } = sampleTree();
  const nodeAt = (folder: string, name: string): TreeNode => {
    const node = children.get(bytesOf(folder));
    const found = node?.type === 'directory' ? node.children.get(bytesOf(name)) : undefined;
    if (found === undefined) throw new TypeError(`${folder}/${name} is not in the sample tree`);
    return found;
  };
  const text = Buffer.from(Array.from({ length: 900 }, (_, line) => `line ${line} of a text that repeats\n`).join(''));
  return directory({
    directory: directory({
      link: nodeAt('etc', 'link'),
      hard: nodeAt('bin', 'again'),
      file: nodeAt('etc', 'hostname'),
    }),
    hard: nodeAt('bin', 'again'),
    holes: nodeAt('data', 'holes'),
    null: nodeAt('dev', 'null'),
    old: nodeAt('data', 'old'),
    text: { ...file(text), xattrs: capability() },
  });
}

/** An EROFS image of `root`, in memory. Contents must be in memory as well. */
export function imageOfTree(root: DirectoryNode, codec: Codec): Buffer {
  const blocks: { position: number; bytes: Buffer }[] = [];
  const encoded = (content: FileContent): ReturnType<typeof encodeFile> => {
    if (content.kind !== 'bytes') throw new TypeError('contents must be in memory');
    return encodeFile(content.bytes, codec);
  };
  const { size } = writeErofs(
    root,
    { uuid: Buffer.alloc(16, 0x11), volumeName: 'sample', buildTime: BUILD_TIME },
    { shapeOf: (content) => encoded(content).shape, encodedOf: encoded },
    { write: (position, bytes) => void blocks.push({ position, bytes: Buffer.from(bytes) }) },
  );
  const image = Buffer.alloc(Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES);
  for (const { position, bytes } of blocks) bytes.copy(image, position);
  return image;
}

function directory(children: Readonly<Record<string, TreeNode>>): DirectoryNode {
  const entries = Object.entries(children).map(([name, node]): [ByteString, TreeNode] => [bytesOf(name), node]);
  return { ...METADATA, mode: 0o755, type: 'directory', children: new Map(entries) };
}

function file(bytes: Buffer): FileNode {
  return { ...METADATA, type: 'file', content: { kind: 'bytes', size: bytes.length, digest: sha256(bytes), bytes } };
}

function capability(): ReadonlyMap<ByteString, Buffer> {
  const value = Buffer.from('0100000200200000000000000000000000000000', 'hex');
  const acl = Buffer.from(
    '0200000001000600ffffffff02000400e803000004000400ffffffff10000400ffffffff20000400ffffffff',
    'hex',
  );
  return new Map([
    [bytesOf('security.capability'), value],
    [bytesOf('system.posix_acl_access'), acl],
  ]);
}

/** Bytes that no codec makes smaller: Marsaglia's xorshift32 from a fixed seed. */
function pseudoRandom(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 0x9e3779b9;
  for (let at = 0; at < length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state & 0xff;
  }
  return bytes;
}
