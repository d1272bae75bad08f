import { statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Uuid } from '../formats/uuid.ts';
import { VERITY_BLOCK_BYTES } from '../formats/verity/layout.ts';
import type { Sha256 } from '../model/digest.ts';
import { AshlarError } from '../model/error.ts';
import type { Progress } from '../model/progress.ts';
import { buildVerityTreeOfFile } from './assemble/verity.ts';
import { draftFile } from './file-draft.ts';
import { usingPath } from './using-path.ts';

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
  const { image, output, salt, uuid, progress, signal } = options;
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

function writeWhole(output: string, bytes: Buffer): void {
  const draft = draftFile(output);
  try {
    usingPath(output, () => writeFileSync(draft.path, bytes, { flag: 'wx', mode: 0o644, flush: true }));
    draft.publish();
  } finally {
    draft.discard();
  }
}
