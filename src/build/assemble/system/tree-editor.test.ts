import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf } from '../../../model/byte-string.ts';
import { readInMemory } from '../../../store/read-content.ts';
import { copyTree } from './copy-tree.ts';
import { EPOCH, treeOf } from './tree.fixture.ts';
import { TreeEditor } from './tree-editor.ts';

test('a file is written through symbolic links of its parents, which are made when missing', () => {
  const tree = treeOf();
  tree.makeDirectory('/usr/lib');
  tree.writeSymlink('/lib', 'usr/lib');
  tree.writeFile('/lib/systemd/system/a.service', 'hello', { mode: 0o600, uid: 7, gid: 8 });
  const node = tree.find('/usr/lib/systemd/system/a.service');
  assert.ok(node?.type === 'file');
  assert.deepEqual([node.mode, node.uid, node.gid, node.mtime.seconds], [0o600, 7, 8, EPOCH]);
  assert.equal(tree.text('/lib/systemd/system/a.service'), 'hello');
});

test('the last component is followed by resolve and not by find', () => {
  const tree = treeOf();
  tree.writeFile('/usr/lib/os-release', 'ID=debian\n');
  tree.writeSymlink('/etc/os-release', '../usr/lib/os-release');
  assert.equal(tree.find('/etc/os-release')?.type, 'symlink');
  assert.equal(tree.text('/etc/os-release'), 'ID=debian\n');
});

test('links that climb above the root stay inside it, names with a backslash are kept', () => {
  const tree = treeOf();
  tree.writeFile('/etc/dev-a\\x2db.swap', 'x');
  tree.writeSymlink('/etc/up', '../../../../etc/dev-a\\x2db.swap');
  assert.equal(tree.text('/etc/up'), 'x');
  assert.equal(tree.find('/..'), tree.root);
});

test('loops end, dangling links are nothing', () => {
  const tree = treeOf();
  tree.writeSymlink('/a', '/b');
  tree.writeSymlink('/b', '/a');
  tree.writeSymlink('/c', 'nowhere');
  assert.equal(tree.resolve('/a'), undefined);
  assert.equal(tree.resolve('/c'), undefined);
  assert.throws(() => tree.find('/a/x'), { code: 'path-conflict' });
});

test('a file does not replace a directory, nor is it gone through', () => {
  const tree = treeOf();
  tree.makeDirectory('/etc');
  tree.writeFile('/plain', '');
  assert.throws(() => tree.writeFile('/etc', ''), { code: 'path-conflict', message: /\/etc/ });
  assert.throws(() => tree.writeFile('/plain/x', ''), { code: 'path-conflict' });
  assert.throws(() => tree.makeDirectory('/plain'), { code: 'path-conflict' });
  assert.throws(() => tree.writeFile('/', ''), { code: 'path-conflict' });
});

test('making a directory sets only the attributes that are given', () => {
  const tree = treeOf();
  tree.makeDirectory('/srv/www', { mode: 0o750, uid: 33 });
  tree.makeDirectory('/srv/www', { gid: 33 });
  const node = tree.find('/srv/www');
  assert.deepEqual([node?.mode, node?.uid, node?.gid], [0o750, 33, 33]);
});

test('a copy shares nothing that may change, keeps hard links and clamps times', () => {
  const original = treeOf();
  const file = original.writeFile('/a', 'one');
  file.mtime = { seconds: EPOCH + 5n, nanoseconds: 3 };
  original.root.children.set(bytesOf('b'), file);
  const copy = new TreeEditor(copyTree(original.root, EPOCH), EPOCH, readInMemory);
  const copied = copy.find('/a');
  assert.equal(copied, copy.find('/b'));
  assert.notEqual(copied, file);
  assert.deepEqual(copied?.mtime, { seconds: EPOCH, nanoseconds: 0 });
  copy.remove('/a');
  assert.equal(original.text('/a'), 'one');
});

test('an object that the store has lost is an error of its own', () => {
  const tree = treeOf();
  const digest = tree.writeFile('/x', 'gone').content;
  assert.ok(digest.kind === 'bytes');
  tree.writeFile('/x', { kind: 'stored', size: 4, digest: digest.digest });
  assert.throws(() => tree.text('/x'), { code: 'store-incomplete' });
});
