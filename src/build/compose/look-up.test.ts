import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf } from '../../model/byte-string.ts';
import type { SymlinkNode } from '../../model/tree.ts';
import { lookUp } from './look-up.ts';
import { directory, file, METADATA } from './test-tree.ts';

const link = (target: string): SymlinkNode => ({ ...METADATA, type: 'symlink', target: bytesOf(target) });

const sh = file('sh');
const tree = directory({
  bin: link('usr/bin'),
  usr: directory({ bin: directory({ sh, up: link('../../../../usr/bin/sh'), root: link('/bin/sh') }) }),
  loop: link('loop'),
  dangling: link('nowhere/x'),
});

for (const path of ['usr/bin/sh', '/usr//bin/./sh', 'bin/sh', 'bin/up', 'usr/bin/root', 'usr/../../bin/sh']) {
  test(`${path} is found`, () => assert.equal(lookUp(tree, path), sh));
}

for (const path of ['usr/bin/zsh', 'loop', 'dangling', 'usr/bin/sh/x', 'loop/x']) {
  test(`${path} is not there`, () => assert.equal(lookUp(tree, path), undefined));
}

test('the root is found', () => assert.equal(lookUp(tree, '/'), tree));
