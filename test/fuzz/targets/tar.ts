import { contentInMemory } from '../../../src/formats/tar/content-in-memory.ts';
import { treeFromTar } from '../../../src/formats/tar/tree-from-tar.ts';
import { writeTar } from '../../../src/formats/tar/write-tar.ts';
import { bytesOf } from '../../../src/model/byte-string.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const BLOCK_BYTES = 512;
const CHECKSUM = { start: 148, end: 156 } as const;
/** Chunks of an odd length: structures fall across their borders. */
const CHUNK_BYTES = 700;

function seed(): Buffer {
  const base = { mode: 0o755, uid: 1, gid: 4_000_000, mtime: { seconds: -3n, nanoseconds: 5 }, xattrs: new Map() };
  const attributes = new Map([[bytesOf('user.key'), Buffer.from('value')]]);
  const long = bytesOf(`directory/${'n'.repeat(120)}`);
  const holes = [
    { offset: 0, size: 3 },
    { offset: 4_096, size: 5 },
  ];
  const members = writeTar([
    { ...base, path: bytesOf('./'), type: 'directory' },
    { ...base, path: bytesOf('directory'), type: 'directory', xattrs: attributes },
    { ...base, path: long, type: 'file', size: 5, extents: undefined, data: [Buffer.from('12345')] },
    { ...base, path: bytesOf('directory/hard'), type: 'hardlink', target: long },
    { ...base, path: bytesOf('directory/soft'), type: 'symlink', target: bytesOf('../elsewhere') },
    { ...base, path: bytesOf('null'), type: 'character', major: 1, minor: 3 },
    { ...base, path: bytesOf('sparse'), type: 'file', size: 9_000, extents: holes, data: [Buffer.from('abcdefgh')] },
  ]);
  return Buffer.concat([...members]);
}

/** An archive, read into a tree. */
const target: FuzzTarget = {
  name: 'tar',
  seeds: () => [seed()],
  repair(input) {
    for (let at = 0; at + BLOCK_BYTES <= input.length; at += BLOCK_BYTES) {
      const block = input.subarray(at, at + BLOCK_BYTES);
      // Headers are told from data by their magic.
      if (block.toString('latin1', 257, 262) !== 'ustar') continue;
      block.fill(' ', CHECKSUM.start, CHECKSUM.end);
      const sum = block.reduce((total, byte) => total + byte, 0);
      block.write(`${sum.toString(8).padStart(6, '0')}\0 `, CHECKSUM.start, 'latin1');
    }
  },
  async run(input) {
    async function* chunks(): AsyncGenerator<Buffer> {
      for (let at = 0; at < input.length; at += CHUNK_BYTES) yield input.subarray(at, at + CHUNK_BYTES);
    }
    await treeFromTar(chunks(), contentInMemory);
  },
};

export default target;
