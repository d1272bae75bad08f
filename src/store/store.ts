import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Sha256, sha256 } from '../model/digest.ts';

/**
 * The content-addressed store: objects named by their SHA-256, and records that name what was derived from what. Everything in
 * it can be made again; nothing in it is trusted without being hashed when it is read.
 */
export interface Store {
  readonly directory: string;
  /** Stores `bytes` (once) and returns their name. */
  put(bytes: Uint8Array): Sha256;
  /** The object's bytes, checked against its name; undefined when the store does not hold it (or held it damaged: it is dropped). */
  get(digest: Sha256): Buffer | undefined;
  has(digest: Sha256): boolean;
  /** Where the object lies, to hand its path to another program. The file must not be written. */
  pathOf(digest: Sha256): string;
  /** Takes a finished file into the store by renaming it; it must lie on the store's file system (see {@link temporary}). */
  adopt(path: string, digest: Sha256): void;
  /** A path for a new file or directory on the store's file system, unique to this process; leftovers are swept later. */
  temporary(label: string): string;
  /** The value recorded under `key`, or undefined. Keys are hashes of everything that the value depends on. */
  recall(kind: RecordKind, key: Sha256): Buffer | undefined;
  /** Records `value` under `key`, after what it refers to has reached the disk. */
  record(kind: RecordKind, key: Sha256, value: Uint8Array): void;
}

/** What a record holds: a composed tree, a file encoded for EROFS, … One folder each. */
export type RecordKind = 'tree' | 'encoded' | 'initrd' | 'release';

/** `$ASHLAR_STORE`, else `$XDG_CACHE_HOME/ashlar`, else `~/.cache/ashlar`. */
export function defaultStoreDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return env['ASHLAR_STORE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'ashlar');
}

export function openStore(directory: string = defaultStoreDirectory()): Store {
  const objects = join(directory, 'objects');
  const records = join(directory, 'records');
  const temporaries = join(directory, 'tmp');
  mkdirSync(objects, { recursive: true });
  mkdirSync(temporaries, { recursive: true });

  const pathOf = (digest: Sha256): string => join(objects, digest.slice(0, 2), digest.slice(2));
  const temporary = (label: string): string =>
    join(temporaries, `${label}.${process.pid}.${randomBytes(6).toString('hex')}`);

  const writeAside = (path: string, bytes: Uint8Array): void => {
    const aside = temporary('put');
    const file = openSync(aside, 'wx', 0o644);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    mkdirSync(join(path, '..'), { recursive: true });
    renameSync(aside, path);
  };

  const readIfThere = (path: string): Buffer | undefined => {
    try {
      return readFileSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  };

  return {
    directory,
    pathOf,
    temporary,
    has: (digest) => statSync(pathOf(digest), { throwIfNoEntry: false }) !== undefined,
    put(bytes) {
      const digest = sha256(bytes);
      if (!this.has(digest)) writeAside(pathOf(digest), bytes);
      return digest;
    },
    get(digest) {
      const bytes = readIfThere(pathOf(digest));
      if (bytes === undefined || sha256(bytes) === digest) return bytes;
      rmSync(pathOf(digest), { force: true });
      return undefined;
    },
    adopt(path, digest) {
      mkdirSync(join(pathOf(digest), '..'), { recursive: true });
      renameSync(path, pathOf(digest));
    },
    recall: (kind, key) => readIfThere(join(records, kind, key)),
    record: (kind, key, value) => writeAside(join(records, kind, key), value),
  };
}
