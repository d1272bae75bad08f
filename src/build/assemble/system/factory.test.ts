import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf } from '../../../model/byte-string.ts';
import { moveVarToFactory } from './factory.ts';
import { listing, treeOf } from './tree.fixture.ts';

const HEADER = '# What packages and the definition have in /var (tmpfiles.d(5)).\n';

test('what is in /var becomes lines of tmpfiles.d and factory content, and /var is empty', () => {
  const tree = treeOf({
    '/usr/lib/tmpfiles.d/var.conf': 'q /var/log 0755 - - -\nL /var/run - - - - ../run\nd$ "/var/lib/quoted" 0700\n',
    '/var/lib/app/': { mode: 0o2750, uid: 5, gid: 6 },
    '/var/lib/app/data': { text: 'x', mode: 0o640, uid: 5, gid: 6 },
    '/var/log/app/empty.log': { mode: 0o600, uid: 33 },
    '/var/lib/quoted/': '',
    '/var/run': { link: '/run' },
    '/var/spool/mail': { link: '../mail' },
    '/var/lib/with space/100%': 'y',
  });
  moveVarToFactory(tree);
  assert.equal(
    tree.text('/usr/lib/tmpfiles.d/ashlar-var.conf'),
    `${HEADER}d /var/lib 0755 0 0 - -
d /var/lib/app 2750 5 6 - -
C /var/lib/app/data :0640 :5 :6 - -
d "/var/lib/with space" 0755 0 0 - -
C "/var/lib/with space/100%%" :0644 :0 :0 - -
d /var/log/app 0755 0 0 - -
f /var/log/app/empty.log :0600 :33 :0 - -
d /var/spool 0755 0 0 - -
L /var/spool/mail - - - - ../mail
`,
  );
  assert.deepEqual(listing(tree, '/var/'), []);
  assert.deepEqual(listing(tree, '/usr/share/factory/var/lib/app'), [
    '/usr/share/factory/var/lib/app',
    '/usr/share/factory/var/lib/app/data',
  ]);
  assert.equal(tree.text('/usr/share/factory/var/lib/with space/100%'), 'y');
});

test('names of any bytes are escaped as systemd reads them', () => {
  const tree = treeOf({ '/var/lib/': '' });
  tree.makeDirectory('/var/lib/x');
  const lib = tree.directory('/var/lib');
  const node = tree.find('/var/lib/x');
  assert.ok(lib !== undefined && node !== undefined);
  lib.children.delete(bytesOf('x'));
  lib.children.set(bytesOf('q"\\\n\u00e9'), node);
  moveVarToFactory(tree);
  assert.match(
    tree.text('/usr/lib/tmpfiles.d/ashlar-var.conf') ?? '',
    /^d "\/var\/lib\/q\\x22\\x5c\\x0a\\xc3\\xa9" 0755 0 0 - -$/m,
  );
});
