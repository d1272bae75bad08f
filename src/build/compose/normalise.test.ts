import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf } from '../../model/byte-string.ts';
import type { DirectoryNode } from '../../model/tree.ts';
import { INITRAMFS_STAND_IN } from '../resolve/initramfs-stand-in.ts';
import { lookUp } from './look-up.ts';
import { withoutChangeDay, withoutStandIn } from './normal-rules.ts';
import { normalise } from './normalise.ts';
import { directory, file, METADATA, readInMemory } from './test-tree.ts';

const EPOCH = 1_700_000_000n;
const LATER = { seconds: EPOCH + 5n, nanoseconds: 7 };

function normalised(tree: DirectoryNode): DirectoryNode {
  normalise(tree, EPOCH, readInMemory);
  return tree;
}

test('what belongs to the build machine or to one machine alone is gone, its neighbours stay', () => {
  const tree = normalised(
    directory({
      etc: directory({
        hostname: file('builder'),
        'resolv.conf': file(),
        'passwd-': file(),
        passwd: file(),
        ssh: directory({ ssh_host_rsa_key: file(), sshd_config: file() }),
      }),
      dev: directory({ null: { ...METADATA, type: 'character', major: 1, minor: 3 } }),
      var: directory({ log: directory({ 'dpkg.log': file(), apt: directory({ 'term.log': file() }, { gid: 4 }) }) }),
      usr: directory({
        lib: directory({ x: directory({ __pycache__: directory({ 'a.pyc': file() }), 'a.py': file() }) }),
      }),
    }),
  );
  const names = (path: string): string[] => {
    const node = lookUp(tree, path);
    return node?.type === 'directory' ? [...node.children.keys()] : [];
  };
  assert.deepEqual(names('etc'), ['passwd', 'ssh']);
  assert.deepEqual(names('etc/ssh'), ['sshd_config']);
  assert.deepEqual(names('dev'), []);
  assert.deepEqual(names('var/log'), ['apt']);
  assert.equal(lookUp(tree, 'var/log/apt')?.gid, 4);
  assert.deepEqual(names('var/log/apt'), []);
  assert.deepEqual(names('usr/lib/x'), ['a.py']);
});

test('no file is younger than the epoch; directories and links all have it', () => {
  const target = bytesOf('old');
  const tree = normalised(
    directory({ old: file(), new: file('', { mtime: LATER }), link: { ...METADATA, type: 'symlink', target } }),
  );
  const time = (path: string) => lookUp(tree, path)?.mtime;
  assert.deepEqual(time('old'), METADATA.mtime);
  assert.deepEqual(time('new'), { seconds: EPOCH, nanoseconds: 0 });
  assert.deepEqual(time(''), { seconds: EPOCH, nanoseconds: 0 });
  assert.deepEqual(tree.children.get(bytesOf('link'))?.mtime, { seconds: EPOCH, nanoseconds: 0 });
});

test('the stand-in leaves the status file, and nothing else does', () => {
  const others = 'Package: a\nStatus: install ok installed\nDescription: x\n y\n\nPackage: b\nVersion: 1\n';
  assert.equal(withoutStandIn(`${INITRAMFS_STAND_IN.stanza}\n${others}`), others);
  assert.equal(withoutStandIn(others), others);
});

test('the day of the last change leaves the shadow file', () => {
  assert.equal(withoutChangeDay('root:*:20601:0:99999:7:::\nx:!::::::\n'), 'root:*::0:99999:7:::\nx:!::::::\n');
  const tree = normalised(
    directory({ etc: directory({ shadow: file('root:*:20601:0:99999:7:::\n', { mode: 0o640 }) }) }),
  );
  const shadow = lookUp(tree, 'etc/shadow');
  assert.ok(shadow?.type === 'file' && shadow.content.kind === 'bytes');
  assert.equal(shadow.content.bytes.toString(), 'root:*::0:99999:7:::\n');
  assert.equal(shadow.mode, 0o640);
});
