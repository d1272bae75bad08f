import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byteString, bytesOf } from '../../model/byte-string.ts';
import { type Sha256, sha256 } from '../../model/digest.ts';
import type { DirectoryNode, FileContent, FileNode } from '../../model/tree.ts';
import { directory, METADATA } from './test-tree.ts';
import { indexTree, type TreeIndex, treeOfIndex } from './tree-index.ts';

function stored(content: FileContent): { size: number; digest: Sha256 } {
  assert.ok(content.kind === 'stored');
  return content;
}

const file: FileNode = {
  ...METADATA,
  type: 'file',
  mode: 0o4755,
  xattrs: new Map([[bytesOf('security.capability'), Buffer.from([1, 0, 0, 2, 255])]]),
  mtime: { seconds: -5n, nanoseconds: 999_999_999 },
  content: { kind: 'stored', size: 3, digest: sha256('abc') },
};

function tree(): DirectoryNode {
  const root = directory({
    b: directory({ link: file }),
    a: file,
    dev: { ...METADATA, type: 'block', major: 8, minor: 17 },
    sym: { ...METADATA, type: 'symlink', target: bytesOf('b/ü') },
    pipe: { ...METADATA, type: 'fifo' },
  });
  root.children.set(byteString(Buffer.from([0xff, 0x22, 0x0a])), { ...METADATA, type: 'socket' });
  return root;
}

const reloaded = (root: DirectoryNode): DirectoryNode =>
  treeOfIndex(JSON.parse(JSON.stringify(indexTree(root, stored))) as TreeIndex);

test('a tree comes back as it was: names of any bytes, attributes, times, devices', () => {
  assert.deepEqual(reloaded(tree()), tree());
});

test('a hard link is one node under two names', () => {
  const { children } = reloaded(tree());
  const b = children.get(bytesOf('b'));
  assert.ok(b?.type === 'directory');
  assert.equal(b.children.get(bytesOf('link')), children.get(bytesOf('a')));
});

test('the order in which names were added does not show', () => {
  const root = tree();
  const reversed: DirectoryNode = { ...root, children: new Map([...root.children].reverse()) };
  assert.deepEqual(indexTree(reversed, stored), indexTree(root, stored));
});
