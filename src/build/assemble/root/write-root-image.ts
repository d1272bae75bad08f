import { closeSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { VOLUME_NAME_BYTES } from '../../../formats/erofs/on-disk.ts';
import type { Placement } from '../../../formats/erofs/placement.ts';
import { type EncodedContents, type WrittenImage, writeErofs } from '../../../formats/erofs/write-erofs.ts';
import { uuidBytes } from '../../../formats/uuid.ts';
import type { DirectoryNode } from '../../../model/tree.ts';
import { usingPath } from '../../using-path.ts';
import { systemUuid } from './system-uuid.ts';

export interface RootImageOptions {
  /** The system's name: the image's volume name, and what its UUID is derived from. */
  readonly name: string;
  /** Seconds since 1970. */
  readonly epoch: bigint;
  readonly previous?: Placement | undefined;
}

/** Writes `root` as an EROFS image to the file at `path`, through to the disk. Throws `disk-full`, `tree-unsupported`. */
export function writeRootImage(
  root: DirectoryNode,
  contents: EncodedContents,
  path: string,
  { name, epoch, previous }: RootImageOptions,
): WrittenImage {
  const options = {
    uuid: uuidBytes(systemUuid('root', name)),
    volumeName: name.slice(0, VOLUME_NAME_BYTES),
    buildTime: { seconds: epoch, nanoseconds: 0 },
    previous,
  };
  return usingPath(path, () => {
    const file = openSync(path, 'w', 0o644);
    try {
      const written = writeErofs(root, options, contents, {
        write(position, bytes) {
          for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, position + at);
        },
      });
      ftruncateSync(file, written.size);
      fsyncSync(file);
      return written;
    } finally {
      closeSync(file);
    }
  });
}
