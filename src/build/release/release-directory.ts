import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from '../../store/make-directory.ts';
import { isLeftover } from '../../store/sweep.ts';
import { syncDirectory } from '../../store/sync-directory.ts';
import { pidNamespace, temporaryName } from '../../store/temporary-name.ts';
import { usingPath } from '../using-path.ts';

/** A release that is being written: beside the place where it will lie, under a name that is not a release's. */
export interface ReleaseDraft {
  /** The directory to write the release's files into. */
  readonly directory: string;
  /** Writes one file of it, through to the disk. Throws `disk-full`, `path-unusable`. */
  readonly write: (name: string, bytes: Uint8Array) => void;
  /** Makes the draft the release, in one step; returns where it lies and whether it differs from what was there. */
  readonly publish: () => { readonly directory: string; readonly changed: boolean };
  /** Throws the draft away; nothing happens after `publish`. */
  readonly discard: () => void;
}

const MANIFEST = 'manifest.json';
/** What a rename says when something is where the directory is to go. */
const TAKEN = new Set(['EEXIST', 'ENOTEMPTY', 'ENOTDIR']);
/** How often another build of the same release may come between: each time, that one has published its own. */
const MAX_PUBLISH_ATTEMPTS = 100;
const COMPARED_BYTES = 1 << 20;

/**
 * Begins the release `<out>/<name>/<version>`. An earlier release of that version stays as it is until {@link ReleaseDraft.publish},
 * and is put back when a crash came between the two renames of it. Several processes may build the same release at once: the last
 * one that publishes stays. Throws `path-unusable`, `disk-full`.
 */
export function draftRelease(out: string, name: string, version: string): ReleaseDraft {
  const parent = join(out, name);
  const target = join(parent, version);
  const aside = (label: Label): string => join(parent, asideName(version, label));
  return usingPath(out, () => {
    makeDirectory(parent);
    sweep(parent, target, version);
    const directory = aside('draft');
    mkdirSync(directory);
    return {
      directory,
      write: (file, bytes) => usingPath(out, () => writeThrough(join(directory, file), bytes)),
      publish: () =>
        usingPath(out, () => {
          if (sameFiles(directory, target)) {
            rmSync(directory, { recursive: true });
            return { directory: target, changed: false };
          }
          syncDirectory(directory);
          const replaced = aside('replaced');
          moveInPlace(directory, target, replaced);
          syncDirectory(parent);
          syncDirectory(out);
          rmSync(replaced, { recursive: true, force: true });
          return { directory: target, changed: true };
        }),
      discard: () => rmSync(directory, { recursive: true, force: true }),
    };
  });
}

type Label = 'draft' | 'replaced';

/** Hidden, and of a form that no version has. */
function asideName(version: string, label: Label): string {
  return `.${version}.${temporaryName(label, pidNamespace())}`;
}

/** Renames `directory` to `target`; what is there, from before or from another build in this moment, goes to `replaced`. */
function moveInPlace(directory: string, target: string, replaced: string): void {
  for (let attempt = 1; ; attempt++) {
    try {
      renameSync(directory, target);
      return;
    } catch (error) {
      if (!TAKEN.has(codeOf(error)) || attempt === MAX_PUBLISH_ATTEMPTS) {
        if (existsSync(replaced) && !existsSync(target)) renameSync(replaced, target);
        throw error;
      }
    }
    rmSync(replaced, { recursive: true, force: true });
    try {
      renameSync(target, replaced);
    } catch (error) {
      // Another build has just moved it away.
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
}

/** Puts back a release that a crash left aside, and removes what else belongs to processes that are gone. */
function sweep(parent: string, target: string, version: string): void {
  const prefix = `.${version}.`;
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    if (!name.startsWith(prefix) || !isLeftover(path, name.slice(prefix.length))) continue;
    if (name.startsWith(`${prefix}replaced.`) && !existsSync(target)) renameSync(path, target);
    else rmSync(path, { recursive: true, force: true });
  }
}

/** Whether the release at `target` has the draft's files, byte by byte: a damaged one is to be replaced. */
function sameFiles(draft: string, target: string): boolean {
  try {
    if (!readFileSync(join(draft, MANIFEST)).equals(readFileSync(join(target, MANIFEST)))) return false;
    return readdirSync(draft).every((name) => sameFile(join(draft, name), join(target, name)));
  } catch {
    return false;
  }
}

function sameFile(a: string, b: string): boolean {
  if (!statSync(b).isFile() || statSync(a).size !== statSync(b).size) return false;
  const files = [openSync(a, 'r'), openSync(b, 'r')] as const;
  try {
    const [ours, theirs] = [Buffer.allocUnsafe(COMPARED_BYTES), Buffer.allocUnsafe(COMPARED_BYTES)];
    for (;;) {
      const got = readSync(files[0], ours);
      if (readSync(files[1], theirs) !== got) return false;
      if (!ours.subarray(0, got).equals(theirs.subarray(0, got))) return false;
      if (got === 0) return true;
    }
  } finally {
    for (const file of files) closeSync(file);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function writeThrough(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'w', 0o644);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
