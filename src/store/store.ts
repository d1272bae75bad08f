import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type Sha256, sha256 } from '../model/digest.ts';
import { writing } from './disk-full.ts';
import { makeDirectory } from './make-directory.ts';
import { openRecord, sealRecord } from './sealed-record.ts';
import { sweepTemporaries } from './sweep.ts';
import { pidNamespace, temporaryName } from './temporary-name.ts';

/**
 * The content-addressed store: objects named by their SHA-256, and records that name what was derived from what. Everything in
 * it can be made again; nothing in it is trusted without being hashed when it is read. Any number of processes may use one
 * store at once: files appear under their name whole, by renaming.
 */
export interface Store {
  readonly directory: string;
  /** Stores `bytes` (once) and returns their name. Throws `disk-full`. */
  put(bytes: Uint8Array): Sha256;
  /** The object's bytes, checked against its name; undefined when the store does not hold it (or held it damaged: it is dropped). */
  get(digest: Sha256): Buffer | undefined;
  has(digest: Sha256): boolean;
  /** The object's size in bytes, or undefined when the store does not hold it. The cheapest look: nothing is read. */
  sizeOf(digest: Sha256): number | undefined;
  /** Where the object lies, to hand its path to another program. The file must not be written. */
  pathOf(digest: Sha256): string;
  /** Takes a finished file into the store by renaming it; it must lie on the store's file system (see {@link temporary}). */
  adopt(path: string, digest: Sha256): void;
  /** A path for a new file or directory on the store's file system, unique to this process; leftovers are swept later. */
  temporary(label: string): string;
  /** The value recorded under `key`, or undefined. Keys are hashes of everything that the value depends on. */
  recall(kind: RecordKind, key: Sha256): Buffer | undefined;
  /** Records `value` under `key`. Throws `disk-full`. */
  record(kind: RecordKind, key: Sha256, value: Uint8Array): void;
  /** Removes what threads of this process left that were ended in the middle of writing; none may be writing now. */
  dropUnfinished(): void;
  /**
   * Waits until everything written so far is on the disk: after work that one would not like to repeat. Not needed for
   * correctness, as objects and records are checked when they are read; one call for thousands of objects, because a flush of
   * each would take minutes.
   */
  sync(): void;
}

/** What a record holds: a composed tree, a file encoded for EROFS, … One folder each. */
export type RecordKind = 'tree' | 'encoded' | 'boot' | 'release' | 'agent';

/** Objects are written once and then only read, by whoever shares the store. */
const OBJECT_MODE = 0o444;
/** What a file is called while it is written. */
const UNFINISHED = 'put';

/** `$ASHLAR_STORE`, else `$XDG_CACHE_HOME/ashlar`, else `~/.cache/ashlar`. */
export function defaultStoreDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return env['ASHLAR_STORE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'ashlar');
}

/** Opens the store at `place`, making it when it is not there, and sweeps what killed processes left in it. */
export function openStore(place: string = defaultStoreDirectory()): Store {
  const directory = resolve(place);
  const objects = join(directory, 'objects');
  const records = join(directory, 'records');
  const temporaries = join(directory, 'tmp');
  const namespace = pidNamespace();
  writing(directory, () => {
    makeDirectory(objects);
    makeDirectory(temporaries);
    sweepTemporaries(temporaries);
  });

  const pathOf = (digest: Sha256): string => join(objects, digest.slice(0, 2), digest.slice(2));
  const temporary = (label: string): string => join(temporaries, temporaryName(label, namespace));
  const sizeOf = (digest: Sha256): number | undefined => statSync(pathOf(digest), { throwIfNoEntry: false })?.size;

  const writeAside = (path: string, bytes: Uint8Array): void =>
    writing(directory, () => {
      const aside = temporary(UNFINISHED);
      try {
        const file = openSync(aside, 'wx', OBJECT_MODE);
        try {
          for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
        } finally {
          closeSync(file);
        }
        moveInto(aside, path);
      } catch (error) {
        rmSync(aside, { force: true });
        throw error;
      }
    });

  return {
    directory,
    pathOf,
    temporary,
    sizeOf,
    has: (digest) => sizeOf(digest) !== undefined,
    put(bytes) {
      const digest = sha256(bytes);
      // An object of another size is what a power cut left of it.
      if (sizeOf(digest) !== bytes.length) writeAside(pathOf(digest), bytes);
      return digest;
    },
    get(digest) {
      const bytes = readIfThere(pathOf(digest));
      if (bytes === undefined || sha256(bytes) === digest) return bytes;
      rmSync(pathOf(digest), { force: true });
      return undefined;
    },
    adopt: (path, digest) => writing(directory, () => moveInto(path, pathOf(digest))),
    recall(kind, key) {
      const sealed = readIfThere(join(records, kind, key));
      return sealed === undefined ? undefined : openRecord(sealed);
    },
    record: (kind, key, value) => writeAside(join(records, kind, key), sealRecord(value)),
    dropUnfinished() {
      const ours = `${UNFINISHED}.${process.pid}.${namespace}.`;
      for (const name of readdirSync(temporaries)) {
        if (name.startsWith(ours)) rmSync(join(temporaries, name), { force: true });
      }
    },
    sync() {
      spawnSync('sync', ['--file-system', objects], { stdio: 'ignore' });
    },
  };
}

/** Renames, making the folder only when it turns out to be missing: 20,000 objects share 256 of them. */
function moveInto(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    mkdirSync(dirname(to), { recursive: true });
    renameSync(from, to);
  }
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
