import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from './digest.ts';
import { type Lock, lockDigest, lockEpoch, lockText, MAX_LOCK_BYTES, parseLock } from './lock.ts';

const LOCK: Lock = {
  format: 'ashlar-lock/1',
  request: {
    distribution: 'debian',
    architecture: 'amd64',
    suites: [{ suite: 'trixie', components: ['main'] }],
    install: ['b', 'a'].map((name) => `pkg-${name}`),
    boot: ['busybox-static'],
    exclude: [],
  },
  indexes: [
    { suite: 'trixie', date: '2026-11-21T09:15:44Z', sha256: sha256('one') },
    { suite: 'trixie-security', date: '2026-11-22T09:15:44Z', sha256: sha256('two') },
  ],
  packages: ['zsh', 'bash'].map((name) => ({
    name,
    version: '1:5.2~rc1-1+b2',
    architecture: 'amd64',
    group: 'root',
    archive: 'main',
    path: `pool/main/${name[0]}/${name}/${name}_5.2+b_amd64.deb`,
    size: 1000,
    sha256: sha256(name),
  })),
  ids: { users: { sshd: 100, _apt: 42 }, groups: { ssh: 101 } },
};

const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

test('the text is sorted, a line a package, and parses to what it came from', () => {
  const text = lockText(LOCK);
  assert.ok(text.indexOf('"bash"') < text.indexOf('"zsh"'));
  assert.equal(text.split('\n').filter((line) => line.includes('_amd64.deb')).length, 2);
  const parsed = parseLock(Buffer.from(text), 'ashlar.lock');
  assert.equal(lockText(parsed), text);
  assert.deepEqual(Object.keys(parsed.ids.users), ['_apt', 'sshd']);
});

test('two locks that say the same in another order have one digest', () => {
  assert.equal(lockDigest({ ...LOCK, packages: LOCK.packages.toReversed() }), lockDigest(LOCK));
  assert.notEqual(lockDigest({ ...LOCK, ids: { users: {}, groups: {} } }), lockDigest(LOCK));
});

test('the epoch is the date of the newest index', () => {
  assert.equal(lockEpoch(LOCK), BigInt(Date.UTC(2026, 10, 22, 9, 15, 44) / 1000));
});

const damaged: readonly [string, unknown][] = [
  ['a path that climbs', { ...LOCK, packages: [{ ...LOCK.packages[0], path: 'pool/../../etc/x.deb' }] }],
  ['an absolute path', { ...LOCK, packages: [{ ...LOCK.packages[0], path: '/pool/x.deb' }] }],
  ['a path outside the pool', { ...LOCK, packages: [{ ...LOCK.packages[0], path: 'dists/x.deb' }] }],
  ['a name that is an option', { ...LOCK, packages: [{ ...LOCK.packages[0], name: '--force' }] }],
  ['a version with a comma', { ...LOCK, packages: [{ ...LOCK.packages[0], version: '1,2' }] }],
  ['a size beyond reason', { ...LOCK, packages: [{ ...LOCK.packages[0], size: 1e12 }] }],
  ['a short hash', { ...LOCK, packages: [{ ...LOCK.packages[0], sha256: 'abc' }] }],
  ['a package twice', { ...LOCK, packages: [LOCK.packages[0], LOCK.packages[0]] }],
  ['a key that it does not know', { ...LOCK, mirror: 'http://m.test' }],
  ['a later format', { ...LOCK, format: 'ashlar-lock/2' }],
  ['an id beyond 32 bits', { ...LOCK, ids: { users: { a: 2 ** 32 }, groups: {} } }],
  ['a name with a colon', { ...LOCK, ids: { users: { 'a:b': 1 }, groups: {} } }],
];

for (const [what, value] of damaged) {
  test(`a lock with ${what} is refused`, () => {
    assert.throws(() => parseLock(bytes(value), 'ashlar.lock'), { code: 'lock-invalid' });
  });
}

test('what is not JSON, and what is too large, is refused before it is looked at', () => {
  assert.throws(() => parseLock(Buffer.from('<<<<<<< HEAD\n'), 'ashlar.lock'), { code: 'lock-invalid' });
  assert.throws(() => parseLock(Buffer.alloc(MAX_LOCK_BYTES + 1), 'ashlar.lock'), { code: 'lock-invalid' });
});
