import { closeSync, fsyncSync, mkdtempSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Uuid } from '../formats/uuid.ts';
import { VERITY_BLOCK_BYTES } from '../formats/verity/layout.ts';
import type { Sha256 } from '../model/digest.ts';
import { AshlarError } from '../model/error.ts';
import type { Progress } from '../model/progress.ts';
import { buildVerityTreeOfFile } from './assemble/verity.ts';

export interface CreateVerityTreeOptions {
  /** The image: whole 4 KiB blocks. */
  readonly image: string;
  readonly output: string;
  readonly salt: Buffer;
  readonly uuid: Uuid;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface CreatedVerityTree {
  readonly rootHash: Sha256;
  readonly dataBlocks: number;
  /** Bytes of the hash tree, superblock included. */
  readonly size: number;
}

/**
 * Writes the dm-verity hash tree of an image file. The tree appears under its name whole or not at all. Throws `path-unusable` when
 * the image cannot be read or the output not be written, `usage` when the image is not whole blocks.
 */
export async function createVerityTree(options: CreateVerityTreeOptions): Promise<CreatedVerityTree> {
  const { image, salt, uuid, progress, signal } = options;
  const output = resolve(options.output);
  const size = checkPlaces(image, output);
  const step = progress.begin(`Hashing ${image}`, { total: size, unit: 'bytes' });
  let done = 0;
  const onProgress = (blocks: number): void => {
    step.advance((blocks - done) * VERITY_BLOCK_BYTES);
    done = blocks;
  };
  const { tree, rootHash } = await buildVerityTreeOfFile(image, { salt, uuid }, { signal, onProgress });
  writeWhole(output, tree);
  step.end();
  return { rootHash, dataBlocks: size / VERITY_BLOCK_BYTES, size: tree.length };
}

/** The size of the image, when it is a file and the output can lie where it should. */
function checkPlaces(image: string, output: string): number {
  const source = statSync(image, { throwIfNoEntry: false });
  if (source?.isFile() !== true) {
    throw new AshlarError('path-unusable', `There is no image file ${image}.`, { hint: 'Name an image to hash.' });
  }
  if (statSync(dirname(output), { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new AshlarError('path-unusable', `${dirname(output)} is not a directory.`, {
      hint: 'Make it, or name another output.',
    });
  }
  const target = statSync(output, { throwIfNoEntry: false });
  if (target !== undefined && target.dev === source.dev && target.ino === source.ino) {
    throw new AshlarError('path-unusable', `The tree would replace its image ${image}.`, {
      hint: 'Write it elsewhere.',
    });
  }
  return source.size;
}

function writeWhole(path: string, bytes: Buffer): void {
  const scratch = mkdtempSync(join(dirname(path), `.${basename(path)}-`));
  try {
    const aside = join(scratch, 'tree');
    const file = openSync(aside, 'wx', 0o644);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, path);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
