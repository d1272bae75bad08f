import { closeSync, constants, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import type { TreePlace } from '../blocks/obtain-tree.ts';

/** A hash tree in a file that is worked on. */
export interface TreeFile extends TreePlace, Disposable {
  /** Waits until it is on the disk. */
  sync(): void;
}

/** Opens the file at `path`, which gets `bytes` bytes: zeros where nothing was. */
export function openTreeFile(path: string, bytes: number): TreeFile {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  ftruncateSync(file, bytes);
  return {
    read(offset, length) {
      const buffer = Buffer.alloc(length);
      for (let done = 0; done < length; ) {
        const got = readSync(file, buffer, done, length - done, offset + done);
        if (got === 0) throw new RangeError(`${length} bytes at ${offset} are outside of a tree of ${bytes} bytes`);
        done += got;
      }
      return buffer;
    },
    write(offset, content) {
      for (let done = 0; done < content.length; ) {
        done += writeSync(file, content, done, content.length - done, offset + done);
      }
    },
    sync: () => fsyncSync(file),
    [Symbol.dispose]: () => closeSync(file),
  };
}
