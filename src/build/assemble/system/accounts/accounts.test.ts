import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DefinitionInput } from '../../../../model/definition/definition-input.ts';
import { NO_IDS, type PinnedIds } from '../../../../model/lock.ts';
import { definitionOf } from '../definition.fixture.ts';
import { treeOf } from '../tree.fixture.ts';
import { readAccounts, writeAccounts } from './account-database.ts';
import { applyDefinitionAccounts, idsToPin } from './definition-accounts.ts';
import { applySysusers } from './sysusers.ts';

const BASE = {
  '/etc/passwd':
    'root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33:www-data:/var/www:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\nbroken\n',
  '/etc/group': 'root:x:0:\nwww-data:x:33:\nsudo:x:27:\nnogroup:x:65534:\n',
  '/etc/shadow': { text: 'root:*:20000:0:99999:7:::\nwww-data:$y$x:20000::::::\n', mode: 0o640 },
};
const HASH = '$y$j9T$abc$def';

function applied(input: Partial<DefinitionInput>, pinned: PinnedIds = NO_IDS) {
  const tree = treeOf(BASE);
  const accounts = readAccounts(tree);
  applyDefinitionAccounts(accounts, definitionOf(input), pinned);
  writeAccounts(tree, accounts);
  return { tree, accounts };
}

test('without a word in the definition nobody has a shell or a password', () => {
  const { tree } = applied({});
  assert.equal(
    tree.text('/etc/passwd'),
    'root:x:0:0:root:/root:/usr/sbin/nologin\n' +
      'www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n' +
      'nobody:x:65534:65534::/:/usr/sbin/nologin\n',
  );
  assert.equal(tree.text('/etc/shadow'), 'root:!*:::::::\nwww-data:!*:::::::\nnobody:!*:::::::\n');
  assert.equal(tree.find('/etc/shadow')?.mode, 0o640);
  assert.equal(tree.find('/etc/gshadow')?.gid, 42);
});

test('users get ids, groups and what the definition says', () => {
  const { tree } = applied({
    users: {
      bob: { groups: ['sudo', 'team'], shell: '/bin/bash', passwordHash: HASH, comment: 'Bob' },
      app: { system: true },
      root: { shell: '/bin/bash' },
    },
    groups: { team: { gid: 1500 } },
  });
  assert.match(tree.text('/etc/passwd') ?? '', /^root:x:0:0:root:\/root:\/bin\/bash$/m);
  assert.match(tree.text('/etc/passwd') ?? '', /^bob:x:1000:1000:Bob:\/var\/home\/bob:\/bin\/bash$/m);
  assert.match(tree.text('/etc/passwd') ?? '', /^app:x:999:999::\/var\/lib\/app:\/usr\/sbin\/nologin$/m);
  assert.match(tree.text('/etc/group') ?? '', /^sudo:x:27:bob$/m);
  assert.match(tree.text('/etc/group') ?? '', /^team:x:1500:bob$/m);
  assert.match(tree.text('/etc/gshadow') ?? '', /^team:!\*::bob$/m);
  assert.ok(tree.text('/etc/shadow')?.includes(`bob:${HASH}:::::::\n`));
});

test('an id that the lock pins is kept, and none that it pins falls to another', () => {
  const pinned: PinnedIds = { users: { bob: 1007, gone: 1000 }, groups: { bob: 1007, gone: 1000 } };
  const { accounts } = applied({ users: { bob: {}, carol: {} } }, pinned);
  assert.equal(accounts.users.get('bob')?.uid, 1007);
  assert.equal(accounts.users.get('carol')?.uid, 1001);
  assert.deepEqual(idsToPin(accounts, pinned).users, { bob: 1007, carol: 1001, gone: 1000 });
});

test('all that does not fit the packages is said at once', () => {
  assert.throws(
    () =>
      applied({
        users: { bob: { uid: 33, groups: ['suod'] }, 'www-data': { uid: 34 } },
        groups: { sudo: { gid: 28 } },
      }),
    ({ code, message }: { code: string; message: string }) =>
      code === 'definition-invalid' &&
      message.includes("the id 33 is www-data's") &&
      message.includes('there is no group "suod": did you mean "sudo"?') &&
      message.includes('users["www-data"].uid') &&
      message.includes('groups["sudo"].gid'),
  );
});

test('a console that logs root in gives it a shell', () => {
  assert.equal(applied({ console: { login: 'root-autologin' } }).accounts.users.get('root')?.shell, '/bin/bash');
  assert.equal(applied({ console: { login: 'prompt' } }).accounts.users.get('root')?.shell, '/usr/sbin/nologin');
});

test('sysusers.d adds what is missing, as systemd-sysusers would', () => {
  const accounts = readAccounts(treeOf(BASE));
  const text = `# comment
u! daemon1 - "A daemon" /var/lib/daemon1
u fixed 200:sudo
g grp 300
g taken 33
m daemon1 newgroup
u www-data 5 -
r - 500-900
broken
`;
  applySysusers([text], accounts, { users: {}, groups: { newgroup: 777 } });
  assert.deepEqual(accounts.users.get('daemon1'), {
    name: 'daemon1',
    uid: 998,
    gid: 998,
    comment: 'A daemon',
    home: '/var/lib/daemon1',
    shell: '/usr/sbin/nologin',
    passwordHash: undefined,
  });
  assert.deepEqual([accounts.users.get('fixed')?.uid, accounts.users.get('fixed')?.gid], [200, 27]);
  assert.equal(accounts.groups.get('grp')?.gid, 300);
  assert.equal(accounts.groups.get('taken')?.gid, 999);
  assert.deepEqual(accounts.groups.get('newgroup'), { name: 'newgroup', gid: 777, members: ['daemon1'] });
  assert.equal(accounts.users.get('www-data')?.uid, 33);
});
