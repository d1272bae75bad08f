import { bytesOf } from '../../model/byte-string.ts';
import { sha256 } from '../../model/digest.ts';
import {
  type DirectoryNode,
  type FileContent,
  type FileNode,
  type Metadata,
  NO_XATTRS,
  type TreeNode,
} from '../../model/tree.ts';

/** Small trees for tests: directories and files with contents, all of root's and from 2001-09-09 unless said otherwise. */
export const METADATA: Metadata = {
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtime: { seconds: 1_000_000_000n, nanoseconds: 5 },
  xattrs: NO_XATTRS,
};

export function directory(
  children: Readonly<Record<string, TreeNode>> = {},
  metadata: Partial<Metadata> = {},
): DirectoryNode {
  const named = Object.entries(children).map(([name, node]) => [bytesOf(name), node] as const);
  return { ...METADATA, ...metadata, type: 'directory', children: new Map(named) };
}

export function file(text = '', metadata: Partial<Metadata> = {}): FileNode {
  const bytes = Buffer.from(text);
  const content: FileContent = { kind: 'bytes', size: bytes.length, digest: sha256(bytes), bytes };
  return { ...METADATA, mode: 0o644, ...metadata, type: 'file', content };
}

/** Reads what {@link file} made. */
export function readInMemory(content: FileContent): Buffer {
  if (content.kind !== 'bytes') throw new TypeError('the content is not in memory');
  return content.bytes;
}
