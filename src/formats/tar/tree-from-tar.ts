import { type ByteString, display } from '../../model/byte-string.ts';
import { AshlarError } from '../../model/error.ts';
import {
  type DirectoryNode,
  type FileContent,
  type Metadata,
  NO_XATTRS,
  type SparseExtent,
  type TreeNode,
} from '../../model/tree.ts';
import { readTar } from './read-tar.ts';
import type { TarEntry, TarFile, TarHardLink } from './tar-entry.ts';
import { tarCorrupt } from './tar-error.ts';

/** Takes a plain file's `size` bytes and says where they are now: in memory, or in the store. It must read all of `data`. */
export type TakeContent = (size: number, data: AsyncIterable<Buffer>) => FileContent | Promise<FileContent>;

/** A longer path could not be opened on a Linux system (`PATH_MAX` less its end). */
const MAX_PATH_BYTES = 4_095;
/** A longer name fits no Linux file system (`NAME_MAX`). */
const MAX_NAME_BYTES = 255;
/** More inodes than this are refused: a large Debian system has some 200,000. */
const MAX_NODES = 2_000_000;
/** The data of a sparse file is held in memory: more than this is refused. */
const MAX_SPARSE_DATA_BYTES = 512 * 1024 * 1024;

/** A directory that the archive implies and does not name. */
const IMPLIED: Metadata = { mode: 0o755, uid: 0, gid: 0, mtime: { seconds: 0n, nanoseconds: 0 }, xattrs: NO_XATTRS };

/**
 * Reads a tar archive into a tree. A later member replaces an earlier one of the same path, as unpacking would; a hard link is the
 * object of its target under another name. Paths that leave the tree (absolute, `..`) or lead through something that is not a
 * directory are refused: nothing is ever resolved through a symbolic link. Throws `path-outside-root`, `tar-corrupt`,
 * `tar-unsupported`.
 */
export async function treeFromTar(stream: AsyncIterable<Uint8Array>, takeContent: TakeContent): Promise<DirectoryNode> {
  const root: DirectoryNode = { ...IMPLIED, type: 'directory', children: new Map() };
  let nodes = 0;
  const counted = <Node extends TreeNode>(node: Node, offset: number): Node => {
    nodes += 1;
    if (nodes > MAX_NODES) throw tarCorrupt(`it has more than ${MAX_NODES} files and directories`, offset);
    return node;
  };

  for await (const entry of readTar(stream)) {
    const names = namesOf(entry.path, entry.offset);
    const last = names.pop();
    if (last === undefined) {
      if (entry.type !== 'directory') throw tarCorrupt('its root is not a directory', entry.offset);
      Object.assign(root, metadataOf(entry));
      continue;
    }
    let parent = root;
    for (const name of names) {
      let child = parent.children.get(name);
      if (child === undefined) {
        child = counted({ ...IMPLIED, type: 'directory', children: new Map() }, entry.offset);
        parent.children.set(name, child);
      }
      if (child.type !== 'directory')
        throw tarCorrupt(`${display(entry.path)} lies under a ${child.type}`, entry.offset);
      parent = child;
    }

    const former = parent.children.get(last);
    if (entry.type === 'directory' && former?.type === 'directory') {
      Object.assign(former, metadataOf(entry));
      continue;
    }
    if (former?.type === 'directory' && former.children.size > 0) {
      throw tarCorrupt(
        `a ${entry.type} replaces the directory ${display(entry.path)}, which is not empty`,
        entry.offset,
      );
    }
    const node =
      entry.type === 'hardlink'
        ? linked(root, entry.target, entry)
        : counted(await nodeOf(entry, takeContent), entry.offset);
    parent.children.set(last, node);
  }
  return root;
}

/** The components of an archive's path, `.` and empty ones dropped; throws when it leaves the tree or Linux could not hold it. */
function namesOf(path: ByteString, offset: number): ByteString[] {
  if (path.length > MAX_PATH_BYTES) throw tarCorrupt(`a path is longer than ${MAX_PATH_BYTES} bytes`, offset);
  const names = path.split('/') as ByteString[];
  if (path.startsWith('/') || names.includes('..' as ByteString)) {
    throw new AshlarError('path-outside-root', `The tar archive has a path that leaves its root: ${display(path)}.`, {
      hint: 'Make the archive with relative paths and without `..` (for tar: `-C DIRECTORY .`). If it is not yours, do not trust it.',
    });
  }
  if (names.some((name) => name.length > MAX_NAME_BYTES)) {
    throw tarCorrupt(`a name is longer than ${MAX_NAME_BYTES} bytes`, offset);
  }
  return names.filter((name) => name !== '' && name !== '.');
}

function linked(root: DirectoryNode, target: ByteString, entry: TarEntry): TreeNode {
  let node: TreeNode | undefined = root;
  for (const name of namesOf(target, entry.offset)) {
    node = node?.type === 'directory' ? node.children.get(name) : undefined;
  }
  if (node === undefined || node.type === 'directory') {
    throw tarCorrupt(
      `${display(entry.path)} is a hard link to ${display(target)}, which is no file before it`,
      entry.offset,
    );
  }
  return node;
}

async function nodeOf(entry: Exclude<TarEntry, TarHardLink>, takeContent: TakeContent): Promise<TreeNode> {
  const metadata = metadataOf(entry);
  switch (entry.type) {
    case 'file':
      return { ...metadata, type: 'file', content: await contentOf(entry, takeContent) };
    case 'directory':
      return { ...metadata, type: 'directory', children: new Map() };
    case 'symlink':
      return { ...metadata, type: 'symlink', target: entry.target };
    case 'block':
    case 'character':
      return { ...metadata, type: entry.type, major: entry.major, minor: entry.minor };
    case 'fifo':
      return { ...metadata, type: 'fifo' };
  }
}

async function contentOf(file: TarFile, takeContent: TakeContent): Promise<FileContent> {
  if (file.extents === undefined) return takeContent(file.size, file.data);
  if (file.dataSize > MAX_SPARSE_DATA_BYTES) {
    throw tarCorrupt(`a sparse file has more than ${MAX_SPARSE_DATA_BYTES} bytes of data`, file.offset);
  }
  const parts: Buffer[] = [];
  for await (const part of file.data) parts.push(part);
  const data = Buffer.concat(parts);
  const extents: SparseExtent[] = [];
  let at = 0;
  for (const { offset, size } of file.extents) {
    extents.push({ offset, bytes: data.subarray(at, at + size) });
    at += size;
  }
  return { kind: 'sparse', size: file.size, extents };
}

function metadataOf({ mode, uid, gid, mtime, xattrs }: Metadata): Metadata {
  return { mode, uid, gid, mtime, xattrs };
}
