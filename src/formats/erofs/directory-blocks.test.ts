import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ByteString, bytesOf } from '../../model/byte-string.ts';
import { NO_XATTRS } from '../../model/tree.ts';
import { encodeDirectory, planDirectory } from './directory-blocks.ts';
import type { Inode } from './inventory.ts';
import { DIRENT, DIRENT_BYTES } from './on-disk.ts';

const INODE: Inode = {
  node: { type: 'fifo', mode: 0, uid: 0, gid: 0, mtime: { seconds: 0n, nanoseconds: 0 }, xattrs: NO_XATTRS },
  path: bytesOf('x'),
  links: 1,
  entries: [],
};

test('one block: entries, then names', () => {
  const entries = ['.', '..', 'ab'].map((name) => ({ name: bytesOf(name), inode: INODE }));
  const plan = planDirectory(entries);
  assert.deepEqual(plan, { size: 41, firstOfBlock: [0] });
  const bytes = encodeDirectory(entries, plan, () => 0x123456789);
  const nid = '8967452301000000';
  assert.equal(
    bytes.toString('hex'),
    `${nid}24000500${nid}25000500${nid}27000500${Buffer.from('...ab').toString('hex')}`,
  );
});

test('blocks are filled to the last byte that fits, and names end with the block', () => {
  const entries = Array.from({ length: 600 }, (_, at) => ({
    name: `${String(at).padStart(3, '0')}${'n'.repeat(at % 40)}` as ByteString,
    inode: INODE,
  }));
  const plan = planDirectory(entries);
  const bytes = encodeDirectory(entries, plan, () => 7);
  assert.equal(bytes.length, plan.size);
  const names: string[] = [];
  for (let block = 0; block < bytes.length; block += 4096) {
    const view = bytes.subarray(block, block + 4096);
    const count = view.readUInt16LE(DIRENT.nameOffset) / DIRENT_BYTES;
    for (let at = 0; at < count; at++) {
      const from = view.readUInt16LE(at * DIRENT_BYTES + DIRENT.nameOffset);
      const to = at + 1 < count ? view.readUInt16LE((at + 1) * DIRENT_BYTES + DIRENT.nameOffset) : view.length;
      names.push(view.toString('latin1', from, to).replace(/\0+$/, ''));
    }
  }
  assert.deepEqual(
    names,
    entries.map(({ name }) => name),
  );
});
