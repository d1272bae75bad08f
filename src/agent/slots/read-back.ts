import { setImmediate } from 'node:timers/promises';
import { NIL_UUID } from '../../formats/uuid.ts';
import { buildVerityTreeFromLeaves } from '../../formats/verity/build-tree.ts';
import { hashBlocks } from '../../formats/verity/hash-blocks.ts';
import { DIGEST_BYTES, VERITY_BLOCK_BYTES } from '../../formats/verity/layout.ts';
import type { Sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { partitionReader } from './esp-files.ts';
import type { SlotDisk } from './slot-disk.ts';
import { readSlotLayout, slotAt } from './slot-layout.ts';

/** What a slot should hold, from the signed manifest. */
export interface ExpectedImage {
  readonly rootHash: Sha256;
  /** Hexadecimal. */
  readonly salt: string;
  /** Size of the root image in bytes: whole blocks. */
  readonly imageBytes: number;
}

/** Read and hashed at once. */
const PIECE_BYTES = 1 << 20;

/**
 * Reads image and hash tree from the disk itself, and throws `slot-not-verified` unless the root hash comes out of the image, and the tree
 * is, block for block, the one over it. Of the tree's superblock only dm-verity's users could be misled, and ours do not read it. Needs memory of
 * 1/64 of the image.
 *
 * @param onProgress called with the bytes read since the last call.
 */
export async function readBack(
  { device }: Pick<SlotDisk, 'device'>,
  index: number,
  { rootHash, salt, imageBytes }: ExpectedImage,
  { signal, onProgress }: { readonly signal?: AbortSignal; readonly onProgress?: (bytes: number) => void } = {},
): Promise<void> {
  const slot = slotAt(readSlotLayout(device), index);
  const salted = Buffer.from(salt, 'hex');
  const blocks = imageBytes / VERITY_BLOCK_BYTES;
  if (!Number.isSafeInteger(blocks) || imageBytes > slot.data.size)
    throw different(index, 'the image does not fit into it');
  const leaves = Buffer.alloc(blocks * DIGEST_BYTES);
  const readData = partitionReader(device, slot.data);
  for (let offset = 0; offset < imageBytes; offset += PIECE_BYTES) {
    signal?.throwIfAborted();
    const piece = readData(offset, Math.min(PIECE_BYTES, imageBytes - offset));
    hashBlocks(piece, salted, leaves, (offset / VERITY_BLOCK_BYTES) * DIGEST_BYTES);
    onProgress?.(piece.length);
    await setImmediate();
  }
  const expected = buildVerityTreeFromLeaves(leaves, { salt: salted, uuid: NIL_UUID });
  if (expected.rootHash !== rootHash)
    throw different(index, `its image has the root hash ${expected.rootHash}, not ${rootHash}`);
  if (expected.tree.length > slot.tree.size) throw different(index, 'the hash tree does not fit into it');
  const readTree = partitionReader(device, slot.tree);
  for (let offset = VERITY_BLOCK_BYTES; offset < expected.tree.length; offset += PIECE_BYTES) {
    signal?.throwIfAborted();
    const end = Math.min(offset + PIECE_BYTES, expected.tree.length);
    if (!readTree(offset, end - offset).equals(expected.tree.subarray(offset, end)))
      throw different(index, 'its hash tree is another');
    onProgress?.(end - offset);
    await setImmediate();
  }
}

function different(index: number, why: string): AshlarError {
  return new AshlarError('slot-not-verified', `Slot ${index} does not hold what was written: ${why}.`, {
    hint: 'The disk may be failing. The running system is not touched, and the update will be tried again.',
  });
}
