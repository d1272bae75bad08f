import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { writing } from '../../store/disk-full.ts';
import { makeDirectory } from '../../store/make-directory.ts';
import { isAlive } from '../../store/process-alive.ts';
import { syncDirectory } from '../../store/sync-directory.ts';
import { usingPath } from '../using-path.ts';

/** A release that is being written: beside the place where it will lie, under a name that is not a release's. */
export interface ReleaseDraft {
  /** The directory to write the release's files into. */
  readonly directory: string;
  /** Writes one file of it, through to the disk. Throws `disk-full`. */
  readonly write: (name: string, bytes: Uint8Array) => void;
  /** Makes the draft the release, in one step; returns where it lies and whether it differs from what was there. */
  readonly publish: () => { readonly directory: string; readonly changed: boolean };
  /** Throws the draft away; nothing happens after `publish`. */
  readonly discard: () => void;
}

const MANIFEST = 'manifest.json';

/**
 * Begins the release `<out>/<name>/<version>`. An earlier release of that version stays as it is until {@link ReleaseDraft.publish},
 * and is put back when a crash came between the two renames of it.
 */
export function draftRelease(out: string, name: string, version: string): ReleaseDraft {
  const parent = join(out, name);
  const target = join(parent, version);
  const replaced = join(parent, `.${version}.replaced`);
  usingPath(out, () => makeDirectory(parent));
  sweep(parent, target, replaced, version);
  const directory = join(parent, `.${version}.${process.pid}.draft`);
  makeDirectory(directory);
  return {
    directory,
    write: (file, bytes) => writing(out, () => writeThrough(join(directory, file), bytes)),
    publish() {
      if (sameManifest(directory, target)) {
        rmSync(directory, { recursive: true });
        return { directory: target, changed: false };
      }
      syncDirectory(directory);
      if (existsSync(target)) renameSync(target, replaced);
      renameSync(directory, target);
      syncDirectory(parent);
      rmSync(replaced, { recursive: true, force: true });
      return { directory: target, changed: true };
    },
    discard: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Puts back a release that a crash left aside, and removes drafts whose process is gone. */
function sweep(parent: string, target: string, replaced: string, version: string): void {
  if (existsSync(replaced)) {
    if (existsSync(target)) rmSync(replaced, { recursive: true });
    else renameSync(replaced, target);
  }
  for (const entry of readdirSync(parent)) {
    const [, pid] = entry.startsWith(`.${version}.`) ? (/\.(\d+)\.draft$/.exec(entry) ?? []) : [];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(parent, entry), { recursive: true, force: true });
  }
}

/** The manifest names everything by hash: equal manifests are equal releases, when the files are there. */
function sameManifest(draft: string, target: string): boolean {
  try {
    return (
      readFileSync(join(draft, MANIFEST)).equals(readFileSync(join(target, MANIFEST))) &&
      readdirSync(draft).every((name) => existsSync(join(target, name)))
    );
  } catch {
    return false;
  }
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
