import { type ByteString, bytesOf, display } from '../../../model/byte-string.ts';
import { sha256 } from '../../../model/digest.ts';
import { AshlarError } from '../../../model/error.ts';
import type { DirectoryNode, FileContent, FileNode, Metadata, Timestamp, TreeNode } from '../../../model/tree.ts';
import { NO_XATTRS } from '../../../model/tree.ts';
import type { ReadContent } from '../../../store/read-content.ts';

/** Owner and permission bits of what is written; root's, `0644` for files and `0755` for directories when absent. */
export interface Attributes {
  readonly mode?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

/** As many symbolic links as Linux follows in one path (`MAXSYMLINKS`). */
const MAX_SYMLINKS = 40;

/** Where a path leads before its last component is followed: a name in a directory, a directory itself (`/`, `..`), or nowhere. */
type Slot =
  | { readonly kind: 'name'; readonly parent: DirectoryNode; readonly name: ByteString }
  | { readonly kind: 'directory'; readonly node: DirectoryNode }
  | { readonly kind: 'missing' };

/**
 * Reads and changes a tree by absolute paths (`/etc/hostname`), as programs in the finished system would: symbolic links in the
 * leading components are followed inside the tree (`/lib/x` is `/usr/lib/x`), the last component only where a method says so.
 * What it writes carries the time `epoch`. Replacing a file makes a new inode, so hard links to the old one keep their content.
 */
export class TreeEditor {
  readonly root: DirectoryNode;
  readonly #mtime: Timestamp;
  readonly #read: ReadContent;

  constructor(root: DirectoryNode, epoch: bigint, read: ReadContent) {
    this.root = root;
    this.#mtime = { seconds: epoch, nanoseconds: 0 };
    this.#read = read;
  }

  /** What lies at `path`; the last component is not followed. */
  find(path: string): TreeNode | undefined {
    return this.#find(bytesOf(path));
  }

  /** What lies at `path` and where its name is written down: the folder may be reached through links. Undefined for `/`. */
  entry(path: string): { parent: DirectoryNode; name: ByteString; node: TreeNode; path: string } | undefined {
    const slot = this.#slot(bytesOf(path), 'find');
    const node = slot.kind === 'name' ? slot.parent.children.get(slot.name) : undefined;
    return slot.kind === 'name' && node !== undefined
      ? { parent: slot.parent, name: slot.name, node, path: path.slice(1) }
      : undefined;
  }

  /** What `path` leads to, symbolic links followed to the end; undefined also for loops and dangling links. */
  resolve(path: string): TreeNode | undefined {
    let at = bytesOf(path);
    for (let links = 0; links <= MAX_SYMLINKS; links++) {
      const node = this.#find(at);
      if (node?.type !== 'symlink') return node;
      at = node.target.startsWith('/')
        ? node.target
        : ((at.slice(0, at.lastIndexOf('/') + 1) + node.target) as ByteString);
    }
    return undefined;
  }

  /** The directory that `path` leads to, or undefined. */
  directory(path: string): DirectoryNode | undefined {
    const node = this.resolve(path);
    return node?.type === 'directory' ? node : undefined;
  }

  /** The text of the regular file that `path` leads to, or undefined when there is none. */
  text(path: string): string | undefined {
    const node = this.resolve(path);
    return node?.type === 'file' ? this.textOf(node) : undefined;
  }

  /** The text of a file of this tree. */
  textOf(node: FileNode): string {
    return this.#read(node.content).toString('utf8');
  }

  /** The first `length` bytes of a file of this tree, or all when it has less. */
  head(node: FileNode, length: number): Buffer {
    return this.#read(node.content).subarray(0, length);
  }

  /** The directory `path`, made with its missing parents; `attributes` that are given are set on it, new or not. */
  makeDirectory(path: string, attributes: Attributes = {}): DirectoryNode {
    const slot = this.#slot(bytesOf(path), 'make');
    const node =
      slot.kind === 'name' ? this.#directoryAt(slot, path) : slot.kind === 'directory' ? slot.node : this.root;
    if (attributes.mode !== undefined) node.mode = attributes.mode;
    if (attributes.uid !== undefined) node.uid = attributes.uid;
    if (attributes.gid !== undefined) node.gid = attributes.gid;
    return node;
  }

  /** Puts a regular file at `path`, in place of a file or link that is there. Throws `path-conflict` when a directory is. */
  writeFile(path: string, content: string | Uint8Array | FileContent, attributes: Attributes = {}): FileNode {
    const node: FileNode = { type: 'file', content: contentOf(content), ...this.#metadata(attributes, 0o644) };
    this.#place(path, node);
    return node;
  }

  /** Puts a symbolic link to `target` at `path`, in place of a file or link that is there. */
  writeSymlink(path: string, target: string, attributes: Pick<Attributes, 'uid' | 'gid'> = {}): void {
    this.#place(path, { type: 'symlink', target: bytesOf(target), ...this.#metadata(attributes, 0o777), mode: 0o777 });
  }

  /** Removes what lies at `path`, with everything below it; false when nothing was there. */
  remove(path: string): boolean {
    const slot = this.#slot(bytesOf(path), 'find');
    return slot.kind === 'name' && slot.parent.children.delete(slot.name);
  }

  #find(path: ByteString): TreeNode | undefined {
    const slot = this.#slot(path, 'find');
    if (slot.kind === 'missing') return undefined;
    return slot.kind === 'directory' ? slot.node : slot.parent.children.get(slot.name);
  }

  #metadata(attributes: Attributes, mode: number): Metadata {
    return {
      mode: attributes.mode ?? mode,
      uid: attributes.uid ?? 0,
      gid: attributes.gid ?? 0,
      mtime: this.#mtime,
      xattrs: NO_XATTRS,
    };
  }

  #place(path: string, node: TreeNode): void {
    const slot = this.#slot(bytesOf(path), 'make');
    if (slot.kind !== 'name' || slot.parent.children.get(slot.name)?.type === 'directory') {
      throw new AshlarError(
        'path-conflict',
        `${path} is to be a ${node.type}, but the packages have a directory there`,
        {
          hint: 'Choose another path, or put the file into that directory.',
        },
      );
    }
    slot.parent.children.set(slot.name, node);
  }

  #newDirectory(): DirectoryNode {
    return { type: 'directory', children: new Map(), ...this.#metadata({}, 0o755) };
  }

  #directoryAt(slot: Slot & { readonly kind: 'name' }, path: string): DirectoryNode {
    const there = slot.parent.children.get(slot.name);
    if (there?.type === 'directory') return there;
    if (there?.type === 'symlink') {
      const target = this.directory(path);
      if (target !== undefined) return target;
    }
    if (there !== undefined) {
      throw new AshlarError(
        'path-conflict',
        `${path} is to be a directory, but there is a ${there.type} in its place`,
        {
          hint: 'Choose another path, or leave out what brings that file.',
        },
      );
    }
    const made = this.#newDirectory();
    slot.parent.children.set(slot.name, made);
    return made;
  }

  /** Where the last component of `path` lies; `make` creates the parents that are missing. */
  #slot(path: ByteString, mode: 'find' | 'make'): Slot {
    const ahead = components(path).reverse();
    const trail: DirectoryNode[] = [this.root];
    let links = 0;
    for (;;) {
      const parent = trail.at(-1) ?? this.root;
      const name = ahead.pop();
      if (name === undefined) return { kind: 'directory', node: parent };
      if (name === '..') {
        if (trail.length > 1) trail.pop();
        continue;
      }
      if (ahead.length === 0) return { kind: 'name', parent, name };
      const child = parent.children.get(name);
      if (child?.type === 'directory') trail.push(child);
      else if (child?.type === 'symlink') {
        if (++links > MAX_SYMLINKS) throw tooManyLinks(path);
        if (child.target.startsWith('/')) trail.length = 1;
        ahead.push(...components(child.target).reverse());
      } else if (mode === 'find') return { kind: 'missing' };
      else if (child === undefined) {
        const made = this.#newDirectory();
        parent.children.set(name, made);
        trail.push(made);
      } else throw throughFile(path, name, child.type);
    }
  }
}

function components(path: ByteString): ByteString[] {
  return path.split('/').filter((part) => part !== '' && part !== '.') as ByteString[];
}

function contentOf(content: string | Uint8Array | FileContent): FileContent {
  if (typeof content !== 'string' && 'kind' in content) return content;
  const bytes = Buffer.from(content as string);
  return { kind: 'bytes', size: bytes.length, digest: sha256(bytes), bytes };
}

function throughFile(path: ByteString, name: ByteString, type: TreeNode['type']): AshlarError {
  return new AshlarError('path-conflict', `${display(path)} goes through ${display(name)}, which is a ${type}`, {
    hint: 'Choose another path, or leave out what brings that file.',
  });
}

function tooManyLinks(path: ByteString): AshlarError {
  return new AshlarError('path-conflict', `${display(path)} goes through more than ${MAX_SYMLINKS} symbolic links`, {
    hint: 'Look for links that lead to each other.',
  });
}
