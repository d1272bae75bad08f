import { rmSync } from 'node:fs';
import type { Release } from '../../engine/generation.ts';
import { VERITY_BLOCK_BYTES } from '../../formats/verity/layout.ts';
import { replaceFile } from '../../store/replace-file.ts';
import { type NewImage, newImageOf } from '../blocks/new-image.ts';
import { type BlockPlan, planBlocks } from '../blocks/plan-blocks.ts';
import type { Device } from '../device/device.ts';
import { readText } from '../files/read-start.ts';
import { readBack } from '../slots/read-back.ts';
import { type SlotPiece, writeSlot } from '../slots/write-slot.ts';
import { releaseSource } from '../sources/release-source.ts';
import { fetchedManifest } from './kept-manifest.ts';
import { localImages } from './local-images.ts';
import { type Scratch, scratchOf } from './scratch.ts';
import { openTreeFile, type TreeFile } from './tree-file.ts';

const TREE_PIECE_BYTES = 1 << 20;
/** How often it is noted what has been written: an interrupted agent writes so much again at most. */
const NOTE_BLOCKS = (64 << 20) / VERITY_BLOCK_BYTES;
/** What is noted lies so far behind what was given out: more than the slot's writer holds back between two flushes. */
const UNFLUSHED_BLOCKS = (32 << 20) / VERITY_BLOCK_BYTES;

/** Data and hash tree into the slot, which has been given up: blocks that other slots hold are copied, the others fetched. */
export async function writeImage(device: Device, target: Release, slot: number, signal: AbortSignal): Promise<void> {
  const manifest = fetchedManifest(device.paths, target);
  const image = newImageOf(manifest);
  const scratch = scratchOf(device.paths, target);
  using tree = openTreeFile(scratch.tree, manifest.root.tree.size);
  await device.withDisk(async (disk) => {
    const reader = releaseSource(device);
    const plan = await planBlocks({ reader, image, locals: localImages(disk, slot), tree, signal });
    await writeSlot(disk, slot, slotPieces(device, image, plan, tree, scratch, signal), signal);
  });
}

async function* slotPieces(
  device: Device,
  { layout }: NewImage,
  plan: BlockPlan,
  tree: TreeFile,
  scratch: Scratch,
  signal: AbortSignal,
): AsyncGenerator<SlotPiece> {
  const total = (layout.dataBlocks + layout.treeBlocks) * VERITY_BLOCK_BYTES;
  const tell = (done: number): void => device.progress({ activity: 'writing the system', done, total });
  let next = Math.min(Number(readText(scratch.written) ?? 0) || 0, layout.dataBlocks);
  let noted = next;
  for await (const bytes of plan.stream({ from: next, signal })) {
    yield { part: 'data', offset: next * VERITY_BLOCK_BYTES, bytes };
    next += bytes.length / VERITY_BLOCK_BYTES;
    tell(next * VERITY_BLOCK_BYTES);
    if (next - UNFLUSHED_BLOCKS < noted + NOTE_BLOCKS) continue;
    noted = next - UNFLUSHED_BLOCKS;
    replaceFile(scratch.written, Buffer.from(String(noted)), 0o600);
  }
  const treeBytes = layout.treeBlocks * VERITY_BLOCK_BYTES;
  for (let offset = 0; offset < treeBytes; offset += TREE_PIECE_BYTES) {
    yield { part: 'tree', offset, bytes: tree.read(offset, Math.min(TREE_PIECE_BYTES, treeBytes - offset)) };
    tell(next * VERITY_BLOCK_BYTES + offset);
  }
}

/** Reads the slot back from the disk. Throws `slot-not-verified`; then nothing that was noted of what is written counts any more. */
export async function readImageBack(device: Device, target: Release, slot: number, signal: AbortSignal): Promise<void> {
  const { root } = fetchedManifest(device.paths, target);
  const total = root.image.size + root.tree.size;
  let done = 0;
  const onProgress = (bytes: number): void => {
    done += bytes;
    device.progress({ activity: 'reading it back', done, total });
  };
  const expected = { rootHash: root.hash, salt: root.salt, imageBytes: root.image.size };
  try {
    await device.withDisk((disk) => readBack(disk, slot, expected, { signal, onProgress }));
  } finally {
    rmSync(scratchOf(device.paths, target).written, { force: true });
  }
}
