import { sha256 } from '../../src/model/digest.ts';
import type {
  DirectoryEntry,
  DirectoryFiles,
  NewFile,
  OpenFile,
} from '../../src/store/transport/directory/directory-files.ts';

/** A change of names in one directory that happens as a whole or not at all; undefined removes a name. */
type NameChange = readonly (readonly [name: string, node: number | undefined])[];

interface FileNode {
  readonly kind: 'file';
  content: Buffer;
  /** What a power cut cannot take any more. */
  durable: Buffer;
  modified: number;
}

interface DirectoryNode {
  readonly kind: 'directory';
  /** Names as programs see them. */
  readonly names: Map<string, number>;
  /** Names that a power cut cannot take any more. */
  readonly durable: Map<string, number>;
  /** Changes since the directory was synced, in order. */
  pending: NameChange[];
}

type Node = FileNode | DirectoryNode;

/** What a power cut left: every file by its path, and a text that is the same for the same files. */
export interface CrashImage {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly key: string;
}

const ROOT = 0;
/** All subsets of up to so many changes that wait for the disk are tried. */
const MAX_EXHAUSTIVE = 9;
const CLOCK_STEP = 1;

/**
 * A directory that forgets what was not synced, as POSIX allows it to: of the changes of names since a directory was synced any subset survives, in whatever
 * directories, and of a file's bytes since it was synced nothing, a part, or all. A rename inside of one directory is one change.
 * Every file system that Linux publishes on keeps more order than that.
 */
export class ModelDirectory implements DirectoryFiles {
  readonly place = 'model';
  /** Milliseconds. */
  now = 0;
  /** Called after each step that changes something, with what it was. */
  onStep: (step: string) => void = () => {};
  /** While it says so, nothing changes any more: a process that was killed does not tidy up, though its code in the test does. */
  isDead: () => boolean = () => false;
  /** What a disk that lies about it does not wait for: so that a test can see that it would be found out. */
  ignores: 'nothing' | 'sync of files' | 'sync of directories' = 'nothing';
  readonly #nodes: Node[] = [emptyDirectory()];
  readonly #digests = new Map<string, string>();

  /** A directory that holds `files`, all of them on the disk. */
  static holding(files: ReadonlyMap<string, Buffer>): ModelDirectory {
    const model = new ModelDirectory();
    for (const [path, content] of files) {
      const { directory, name } = model.#parent(path, 'make');
      const node = model.#add({ kind: 'file', content, durable: content, modified: 0 });
      directory.names.set(name, node);
      directory.durable.set(name, node);
    }
    return model;
  }

  makeDirectory(path: string): void {
    if (this.isDead()) return;
    const { directory, name } = this.#parent(path);
    if (directory.names.has(name)) return;
    this.#change(directory, [[name, this.#add(emptyDirectory())]]);
    this.onStep(`mkdir ${path}`);
  }

  create(path: string): NewFile {
    const { directory, name } = this.#parent(path);
    if (directory.names.has(name)) throw systemError('EEXIST');
    const file: FileNode = { kind: 'file', content: Buffer.alloc(0), durable: Buffer.alloc(0), modified: this.#tick() };
    this.#change(directory, [[name, this.#add(file)]]);
    this.onStep(`create ${path}`);
    return {
      write: (bytes) => {
        if (this.isDead()) return;
        file.content = Buffer.concat([file.content, bytes]);
        file.modified = this.#tick();
        this.onStep(`write ${path}`);
      },
      sync: () => {
        if (this.isDead()) return;
        if (this.ignores !== 'sync of files') file.durable = file.content;
        this.onStep(`sync ${path}`);
      },
      // The same byte again: whether it reaches the disk makes no difference.
      touch: () => {
        file.modified = this.#tick();
      },
      close: () => {},
    };
  }

  open(path: string): OpenFile | undefined {
    const node = this.#find(path);
    if (node?.kind !== 'file') return undefined;
    const { content, modified } = node;
    return {
      size: content.length,
      modified,
      read: (offset, length) => Buffer.from(content.subarray(offset, offset + length)),
      close: () => {},
    };
  }

  list(path: string): readonly DirectoryEntry[] {
    const node = this.#find(path);
    if (node?.kind !== 'directory') return [];
    return [...node.names].map(([name, child]) => ({ name, kind: this.#nodes[child]!.kind }));
  }

  link(from: string, to: string): boolean {
    if (this.isDead()) return false;
    const { directory, name } = this.#parent(to);
    if (directory.names.has(name)) return false;
    const source = this.#parent(from);
    this.#change(directory, [[name, existing(source.directory.names.get(source.name))]]);
    this.onStep(`link ${to}`);
    return true;
  }

  rename(from: string, to: string): void {
    if (this.isDead()) return;
    const source = this.#parent(from);
    const target = this.#parent(to);
    const node = existing(source.directory.names.get(source.name));
    if (source.directory !== target.directory) throw new Error('a rename between directories is not one change');
    this.#change(target.directory, [
      [target.name, node],
      [source.name, undefined],
    ]);
    this.onStep(`rename ${to}`);
  }

  remove(path: string): void {
    if (this.isDead()) return;
    const { directory, name } = this.#parent(path);
    if (!directory.names.has(name)) return;
    this.#change(directory, [[name, undefined]]);
    this.onStep(`remove ${path}`);
  }

  syncDirectory(path: string): void {
    if (this.isDead()) return;
    const node = this.#find(path);
    if (node?.kind !== 'directory') throw systemError('ENOENT');
    if (this.ignores !== 'sync of directories') {
      for (const change of node.pending) apply(node.durable, change);
      node.pending = [];
    }
    this.onStep(`sync ${path}/`);
  }

  /** Everything that a power cut now could leave. */
  *crashImages(): Generator<CrashImage> {
    const pending = this.#nodes.flatMap((node) =>
      node.kind === 'directory' ? node.pending.map((change) => ({ node, change })) : [],
    );
    const isDirty = this.#nodes.some((node) => node.kind === 'file' && node.durable !== node.content);
    for (const survives of subsets(pending.length)) {
      const names = new Map<DirectoryNode, Map<string, number>>();
      for (const [index, { node, change }] of pending.entries()) {
        if (!survives(index)) continue;
        const changed = names.get(node) ?? new Map(node.durable);
        apply(changed, change);
        names.set(node, changed);
      }
      for (const share of isDirty ? [0, 0.5, 1] : [1]) yield this.#image(names, share);
    }
  }

  /** What is there as programs see it, as if everything had reached the disk. */
  present(): CrashImage {
    const names = new Map<DirectoryNode, Map<string, number>>();
    for (const node of this.#nodes) if (node.kind === 'directory') names.set(node, node.names);
    return this.#image(names, 1);
  }

  #image(changed: ReadonlyMap<DirectoryNode, ReadonlyMap<string, number>>, share: number): CrashImage {
    const files = new Map<string, Buffer>();
    const keys: string[] = [];
    const walk = (directory: DirectoryNode, prefix: string): void => {
      for (const [name, id] of changed.get(directory) ?? directory.durable) {
        const node = this.#nodes[id]!;
        if (node.kind === 'directory') {
          walk(node, `${prefix}${name}/`);
          continue;
        }
        const extra = Math.floor((node.content.length - node.durable.length) * share);
        const content = node.content.subarray(0, node.durable.length + extra);
        files.set(prefix + name, content);
        // Drafts and leases are nothing to a reader.
        if (!name.startsWith('.')) keys.push(`${prefix}${name} ${this.#digest(id, content)}`);
      }
    };
    walk(this.#nodes[ROOT] as DirectoryNode, '');
    return { files, key: keys.sort().join('\n') };
  }

  /** Files only grow, so node and length tell the content. */
  #digest(id: number, content: Buffer): string {
    const key = `${id} ${content.length}`;
    const digest = this.#digests.get(key) ?? sha256(content);
    this.#digests.set(key, digest);
    return digest;
  }

  #change(directory: DirectoryNode, change: NameChange): void {
    apply(directory.names, change);
    directory.pending.push(change);
  }

  #add(node: Node): number {
    return this.#nodes.push(node) - 1;
  }

  #tick(): number {
    this.now += CLOCK_STEP;
    return this.now;
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#nodes[ROOT];
    for (const name of path === '' ? [] : path.split('/')) {
      const id: number | undefined = node?.kind === 'directory' ? node.names.get(name) : undefined;
      node = id === undefined ? undefined : this.#nodes[id];
    }
    return node;
  }

  #parent(path: string, missing: 'refuse' | 'make' = 'refuse'): { directory: DirectoryNode; name: string } {
    const segments = path.split('/');
    const name = segments.pop()!;
    let directory = this.#nodes[ROOT] as DirectoryNode;
    for (const segment of segments) {
      let id = directory.names.get(segment);
      if (id === undefined && missing === 'make') {
        id = this.#add(emptyDirectory());
        directory.names.set(segment, id);
        directory.durable.set(segment, id);
      }
      const node = id === undefined ? undefined : this.#nodes[id];
      if (node?.kind !== 'directory') throw systemError('ENOENT');
      directory = node;
    }
    return { directory, name };
  }
}

function emptyDirectory(): DirectoryNode {
  return { kind: 'directory', names: new Map(), durable: new Map(), pending: [] };
}

function apply(names: Map<string, number>, change: NameChange): void {
  for (const [name, node] of change) {
    if (node === undefined) names.delete(name);
    else names.set(name, node);
  }
}

/** Which of `count` changes survive: every choice, or beyond the bound all, none, each alone, all but each, and each beginning. */
function* subsets(count: number): Generator<(index: number) => boolean> {
  if (count <= MAX_EXHAUSTIVE) {
    for (let bits = 0; bits < 2 ** count; bits++) yield (index) => (bits & (1 << index)) !== 0;
    return;
  }
  for (let one = 0; one < count; one++) {
    yield (index) => index === one;
    yield (index) => index !== one;
    yield (index) => index < one;
  }
  yield () => true;
}

function existing(node: number | undefined): number {
  if (node === undefined) throw systemError('ENOENT');
  return node;
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
