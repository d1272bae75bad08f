import { checkErofs } from '../../../src/formats/erofs/check-erofs.ts';
import type { Codec } from '../../../src/formats/erofs/codec.ts';
import { crc32c } from '../../../src/formats/erofs/crc32c.ts';
import { openErofs } from '../../../src/formats/erofs/erofs-image.ts';
import { findInode } from '../../../src/formats/erofs/find-inode.ts';
import { BLOCK_BYTES, SUPERBLOCK, SUPERBLOCK_BYTES, SUPERBLOCK_OFFSET } from '../../../src/formats/erofs/on-disk.ts';
import { readContent } from '../../../src/formats/erofs/read-content.ts';
import { readTarget } from '../../../src/formats/erofs/read-target.ts';
import { readXattrs } from '../../../src/formats/erofs/read-xattrs.ts';
import { imageOfTree, smallTree } from '../../../src/formats/erofs/sample-image.fixture.ts';
import { walkErofs } from '../../../src/formats/erofs/walk-erofs.ts';
import { readAtOf } from '../../../src/formats/read-at.ts';
import { bytesOf } from '../../../src/model/byte-string.ts';
import type { FuzzTarget } from '../fuzz-target.ts';
import { referenceImages } from './reference-images.ts';

const CODECS: readonly Codec[] = [{ algorithm: 'none' }, { algorithm: 'lz4' }, { algorithm: 'zstd', level: 3 }];

/** The reader: opening, walking, reading every file, attribute and link, looking paths up, and the check. */
const target: FuzzTarget = {
  name: 'erofs',
  seeds: () => [...CODECS.map((codec) => imageOfTree(smallTree(), codec)), ...referenceImages()],
  repair(input) {
    if (input.length < SUPERBLOCK_OFFSET + SUPERBLOCK_BYTES) return;
    input.writeUInt32LE(0, SUPERBLOCK_OFFSET + SUPERBLOCK.checksum);
    const checksum = crc32c(0xffffffff, input.subarray(SUPERBLOCK_OFFSET, BLOCK_BYTES));
    input.writeUInt32LE(checksum, SUPERBLOCK_OFFSET + SUPERBLOCK.checksum);
  },
  run(input) {
    const steps = checkErofs(readAtOf(input), input.length);
    while (steps.next().done !== true);
    const image = openErofs(readAtOf(input), input.length);
    findInode(image, bytesOf('directory/link/../file'), true);
    for (const { inode } of walkErofs(image)) {
      readXattrs(image, inode);
      if (inode.type === 'symlink') readTarget(image, inode);
      if (inode.type !== 'file') continue;
      let size = 0;
      for (const piece of readContent(image, inode)) {
        size += piece.kind === 'data' ? piece.bytes.length : piece.size;
      }
      if (size !== inode.size) throw new RangeError(`a file of ${inode.size} bytes gives ${size}`);
    }
  },
};

export default target;
