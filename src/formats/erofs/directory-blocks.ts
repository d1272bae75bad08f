import { toBuffer } from '../../model/byte-string.ts';
import type { TreeNode } from '../../model/tree.ts';
import type { DirectoryEntry, Inode } from './inventory.ts';
import { BLOCK_BYTES, DIRENT, DIRENT_BYTES, DIRENT_TYPE } from './on-disk.ts';

/** How a directory's entries are spread over blocks. */
export interface DirectoryPlan {
  /** Bytes of the directory: whole blocks, and what is used of the last. */
  readonly size: number;
  /** Index of the first entry of each block. */
  readonly firstOfBlock: readonly number[];
}

/** Fills block after block with as many entries as fit. The numbers that the entries will have do not matter to it. */
export function planDirectory(entries: readonly DirectoryEntry[]): DirectoryPlan {
  const firstOfBlock = [0];
  let used = 0;
  entries.forEach(({ name }, index) => {
    const bytes = DIRENT_BYTES + name.length;
    if (used + bytes > BLOCK_BYTES) {
      firstOfBlock.push(index);
      used = 0;
    }
    used += bytes;
  });
  return { size: (firstOfBlock.length - 1) * BLOCK_BYTES + used, firstOfBlock };
}

/** The directory's bytes: `plan.size` of them. */
export function encodeDirectory(
  entries: readonly DirectoryEntry[],
  plan: DirectoryPlan,
  nidOf: (inode: Inode) => number,
): Buffer {
  const bytes = Buffer.alloc(plan.size);
  plan.firstOfBlock.forEach((first, block) => {
    const base = block * BLOCK_BYTES;
    const inBlock = entries.slice(first, plan.firstOfBlock[block + 1]);
    let nameOffset = inBlock.length * DIRENT_BYTES;
    inBlock.forEach(({ name, inode }, index) => {
      const at = base + index * DIRENT_BYTES;
      bytes.writeBigUInt64LE(BigInt(nidOf(inode)), at + DIRENT.nid);
      bytes.writeUInt16LE(nameOffset, at + DIRENT.nameOffset);
      bytes.writeUInt8(DIRENT_TYPE[inode.node.type satisfies TreeNode['type']], at + DIRENT.type);
      nameOffset += toBuffer(name).copy(bytes, base + nameOffset);
    });
  });
  return bytes;
}
