import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Generation } from '../../engine/generation.ts';
import type { DevicePaths } from '../device-paths.ts';

/** Files of a release that lie on `/var` until it is installed. */
export interface Scratch {
  readonly folder: string;
  readonly tree: string;
  readonly bootImage: string;
  readonly loader: string;
  /** How many data blocks are in the slot, and on the disk; missing for none. */
  readonly written: string;
}

/** Where they are for the release with that root hash. */
export function scratchOf(
  { scratch }: Pick<DevicePaths, 'scratch'>,
  { rootHash }: Pick<Generation, 'rootHash'>,
): Scratch {
  const folder = join(scratch, rootHash);
  const file = (name: string): string => join(folder, name);
  return {
    folder,
    tree: file('tree'),
    bootImage: file('boot.efi'),
    loader: file('loader.efi'),
    written: file('written'),
  };
}

/** What the system counts file sizes in (stat(2), `st_blocks`). */
const STAT_BLOCK_BYTES = 512;

/** Bytes on the disk that the scratch of all releases takes: what is there of the one that comes is used, and all else goes before it. */
export function scratchBytes({ scratch }: Pick<DevicePaths, 'scratch'>): number {
  return names(scratch)
    .flatMap((folder) => names(join(scratch, folder)).map((name) => join(scratch, folder, name)))
    .reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.blocks ?? 0) * STAT_BLOCK_BYTES, 0);
}

/** Removes the scratch of all releases but those in `kept`. */
export function clearScratch({ scratch }: Pick<DevicePaths, 'scratch'>, kept: readonly Generation[]): void {
  for (const name of names(scratch)) {
    if (kept.some(({ rootHash }) => rootHash === name)) continue;
    rmSync(join(scratch, name), { recursive: true, force: true });
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
