import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sha256 } from '../../model/digest.ts';
import type { ErrorCode } from '../../model/error-codes.ts';
import { MAX_METADATA_BYTES } from './limits.ts';
import { day, SimulatedDevice } from './simulator/simulated-device.fixture.ts';
import { FAR_AWAY, SimulatedRepository } from './simulator/simulated-repository.fixture.ts';
import { simulatedSigner } from './simulator/simulated-signer.fixture.ts';

interface Attack {
  readonly name: string;
  /** What the attacker does after the device has refreshed once. `old` are all files as they were then. */
  readonly attack: (repository: SimulatedRepository, old: ReadonlyMap<string, Buffer>) => void;
  readonly refused: ErrorCode;
  /** The day of the second refresh. */
  readonly day?: number;
}

const ALL = ['root', 'stable', 'targets', 'snapshot', 'timestamp'] as const;
const CONTENT = ['stable', 'targets', 'snapshot', 'timestamp'] as const;
const RELEASE = 'releases/web/1.0/manifest.json';

function release(length: number, version = '1.0'): { length: number; hashes: { sha256: string }; custom: object } {
  const rootHash = sha256('root');
  return {
    length,
    hashes: { sha256: sha256('manifest') },
    custom: { ashlar: { name: 'web', version, rootHash, created: 0 } },
  };
}

/** Somebody who owns the server, with no key: signs `roles` with keys of their own. */
function forge(repository: SimulatedRepository, ...roles: readonly string[]): void {
  for (const role of roles) repository.signers.set(role, [simulatedSigner()]);
  repository.publish(...CONTENT);
}

/** Who stole keys of a role has its present signers; whoever did not must forge. */
const ATTACKS: readonly Attack[] = [
  // Arbitrary software: whatever is not signed by who may sign it.
  ...(['timestamp', 'snapshot', 'targets', 'stable'] as const).map(
    (role): Attack => ({
      name: `arbitrary software: ${role} by a wrong key`,
      attack: (repository) => forge(repository, role),
      refused: 'metadata-unsigned',
    }),
  ),
  {
    name: 'arbitrary software: root by wrong keys',
    attack(repository) {
      repository.root.roles['root'] = { keyids: [], threshold: 1 };
      repository.signers.delete('root');
      repository.addKey('root');
      repository.publish('root');
    },
    refused: 'metadata-unsigned',
  },
  {
    name: 'arbitrary software: content changed under its signature',
    attack(repository) {
      repository.publish('timestamp');
      repository.tamper('timestamp', ({ signed }) => {
        signed.expires = '2041-01-01T00:00:00Z';
      });
    },
    refused: 'metadata-unsigned',
  },
  {
    name: 'arbitrary software: the key of one role signs for another',
    attack(repository) {
      repository.signers.set('targets', repository.signers.get('timestamp')!);
      repository.publish(...CONTENT);
    },
    refused: 'metadata-unsigned',
  },
  {
    name: 'arbitrary software: a key under the id of another',
    attack(repository) {
      const stranger = simulatedSigner();
      const { id } = repository.signers.get('timestamp')![0]!;
      repository.signers.set('timestamp', [{ ...stranger, id }]);
      repository.publish('timestamp');
    },
    refused: 'metadata-unsigned',
  },
  {
    name: 'arbitrary software: a key list with a wrong id, by who stole targets',
    attack(repository) {
      const { keys } = repository.targets.delegations!;
      const [id] = Object.keys(keys);
      keys[id!] = simulatedSigner().key;
      repository.publish(...CONTENT);
    },
    refused: 'metadata-invalid',
  },
  {
    name: 'arbitrary software: a signature of nothing',
    attack: (repository) => {
      repository.publish('timestamp');
      repository.tamper('timestamp', (file) => {
        file.signatures.length = 0;
      });
    },
    refused: 'metadata-unsigned',
  },
  {
    name: 'a threshold that is not met',
    attack(repository) {
      repository.addKey('timestamp');
      repository.root.roles['timestamp']!.threshold = 2;
      repository.publish('root');
      repository.signers.get('timestamp')!.pop();
      repository.publish('timestamp');
    },
    refused: 'metadata-unsigned',
  },
  {
    name: 'a threshold that one key meets under two ids',
    attack(repository) {
      const [signer] = repository.signers.get('timestamp')!;
      const twin = { ...simulatedSigner('ed25519'), key: { ...signer!.key, again: true } };
      const id = sha256(Buffer.from(canonical(twin.key)));
      repository.addKey('timestamp', { ...signer!, key: twin.key, id });
      repository.root.roles['timestamp']!.threshold = 2;
      repository.publish('root', 'timestamp');
    },
    refused: 'metadata-unsigned',
  },
  {
    name: 'a threshold of duplicate signatures',
    attack(repository) {
      repository.addKey('timestamp');
      repository.root.roles['timestamp']!.threshold = 2;
      repository.signers.get('timestamp')!.pop();
      repository.publish('root', 'timestamp');
      repository.tamper('timestamp', ({ signatures }) => signatures.push(signatures[0]!));
    },
    refused: 'metadata-invalid',
  },
  {
    name: 'a root that asks for no signatures',
    attack(repository) {
      repository.root.roles['timestamp']!.threshold = 0;
      repository.publish('root');
    },
    refused: 'metadata-invalid',
  },
  // Endless data.
  ...(['root', 'timestamp', 'snapshot', 'targets', 'stable'] as const).map(
    (role): Attack => ({
      name: `endless data: ${role}`,
      attack(repository) {
        repository.publish(...ALL);
        const limit = MAX_METADATA_BYTES[role === 'stable' ? 'targets' : role];
        repository.files.set(
          repository.path(role, role === 'timestamp' ? 0 : repository.body(role).version),
          Buffer.alloc(limit + 1, ' '),
        );
      },
      refused: 'repository-file-too-long',
    }),
  ),
  {
    name: 'endless data: longer than the file above says',
    attack(repository) {
      repository.withHashes = true;
      repository.publish(...CONTENT);
      const { version } = repository.snapshot;
      repository.files.set(
        `metadata/${version}.snapshot.json`,
        Buffer.concat([repository.served('snapshot'), Buffer.alloc(1, ' ')]),
      );
    },
    refused: 'repository-file-too-long',
  },
  {
    name: 'endless data: nested without end',
    attack: ({ files }) => files.set('metadata/timestamp.json', Buffer.alloc(16_000, '[')),
    refused: 'metadata-invalid',
  },
  {
    name: 'endless data: a signed part nested deeply',
    attack({ files }) {
      const deep = '[{"a":'.repeat(2000) + '1' + '}]'.repeat(2000);
      files.set('metadata/timestamp.json', Buffer.from(`{"signatures":[],"signed":{"_type":"timestamp","x":${deep}}}`));
    },
    refused: 'metadata-invalid',
  },
  {
    name: 'endless data: delegations without end, by who stole the channel’s key',
    attack(repository) {
      for (let number = 0; number < 40; number += 1) {
        repository.delegate('stable', { name: `endless${number}`, paths: ['releases/*/*/manifest.json'] });
        repository.publish(`endless${number}`);
      }
      repository.publish(...CONTENT);
    },
    refused: 'metadata-invalid',
  },
  // Rollback.
  {
    name: 'rollback: everything as it was before',
    attack(repository, old) {
      for (const [path, bytes] of old) repository.files.set(path, bytes);
      repository.timestamp.version = 0;
      repository.publish('timestamp');
    },
    refused: 'metadata-rollback',
  },
  {
    name: 'rollback: an old snapshot under a new timestamp, by who stole the timestamp key',
    attack(repository) {
      repository.timestamp.meta['snapshot.json'] = { version: 1 };
      repository.publish('timestamp');
    },
    refused: 'metadata-rollback',
  },
  ...(['targets', 'stable'] as const).map(
    (role): Attack => ({
      name: `rollback: an old ${role} under a new snapshot, by who stole the online keys`,
      attack(repository) {
        repository.snapshot.meta[`${role}.json`] = { version: 1 };
        repository.publish('snapshot', 'timestamp');
      },
      refused: 'metadata-rollback',
    }),
  ),
  {
    name: 'rollback: a channel is gone from the snapshot',
    attack(repository) {
      delete repository.snapshot.meta['stable.json'];
      repository.publish('snapshot', 'timestamp');
    },
    refused: 'metadata-rollback',
  },
  {
    name: 'rollback: a root under the next number that is an old one',
    attack: ({ files }) => files.set('metadata/3.root.json', files.get('metadata/2.root.json')!),
    refused: 'metadata-rollback',
  },
  {
    name: 'a gap in the chain of roots',
    attack(repository) {
      repository.publish('root', 'root');
      repository.files.set('metadata/3.root.json', repository.served('root', 4));
    },
    refused: 'metadata-rollback',
  },
  // Freeze.
  {
    name: 'freeze: the same timestamp for ever',
    attack: () => {},
    day: 8,
    refused: 'metadata-expired',
  },
  {
    name: 'freeze: a timestamp that has expired',
    attack(repository) {
      repository.timestamp.expires = '2029-12-31T23:59:59Z';
      repository.publish('timestamp');
    },
    refused: 'metadata-expired',
  },
  {
    name: 'freeze: a timestamp that expires now',
    attack(repository) {
      repository.timestamp.expires = '2030-01-01T00:00:00Z';
      repository.publish('timestamp');
    },
    refused: 'metadata-expired',
  },
  ...(['root', 'snapshot', 'targets', 'stable'] as const).map(
    (role): Attack => ({
      name: `freeze: ${role} that has expired`,
      attack(repository) {
        repository.timestamp.expires = FAR_AWAY;
        repository.body(role).expires = '2029-12-31T23:59:59Z';
        repository.publish(...ALL);
      },
      refused: 'metadata-expired',
    }),
  ),
  {
    name: 'freeze: the timestamp is gone',
    attack: ({ files }) => files.delete('metadata/timestamp.json'),
    refused: 'repository-incomplete',
  },
  // Mix and match.
  ...(['snapshot', 'targets', 'stable'] as const).map(
    (role): Attack => ({
      name: `mix and match: ${role} of another time under the right name`,
      attack(repository) {
        repository.withHashes = true;
        repository.publish(...CONTENT);
        const named = repository.body(role).version;
        const bytes = repository.served(role);
        // Signed by the right keys, of another moment.
        const other = { ...repository.body(role), expires: '2041-01-01T00:00:00Z' };
        const otherBytes = repository.sign(role, other);
        assert.equal(otherBytes.length, bytes.length);
        repository.files.set(`metadata/${named}.${role}.json`, otherBytes);
      },
      refused: 'metadata-mismatch',
    }),
  ),
  {
    name: 'mix and match: of another length than the file above says, which names no hash',
    attack(repository) {
      repository.publish('stable', 'targets');
      repository.snapshot.meta['stable.json']!.length = repository.served('stable').length + 1;
      repository.publish('snapshot', 'timestamp');
    },
    refused: 'metadata-mismatch',
  },
  {
    name: 'mix and match: only hashes that nobody can compute',
    attack(repository) {
      repository.publish('stable', 'targets');
      repository.snapshot.meta['stable.json']!.hashes = { 'whirlpool-2': '00' };
      repository.publish('snapshot', 'timestamp');
    },
    refused: 'metadata-mismatch',
  },
  // Fast forward: the damage is that nothing can follow any more; what recovers is a rotation (see below).
  {
    name: 'fast forward: a version beyond what can be counted',
    attack(repository) {
      repository.publish('timestamp');
      const text = repository.served('timestamp').toString();
      const version = `"version":${repository.timestamp.version}`;
      repository.files.set('metadata/timestamp.json', Buffer.from(text.replace(version, '"version":9007199254740993')));
    },
    refused: 'metadata-invalid',
  },
  // Key revocation.
  {
    name: 'revocation: a stolen timestamp key after it was revoked',
    attack(repository) {
      const stolen = repository.signers.get('timestamp')!;
      repository.rotateKeys('timestamp');
      repository.publish('root');
      repository.signers.set('timestamp', stolen);
      repository.publish('timestamp');
    },
    refused: 'metadata-unsigned',
  },
  {
    name: 'revocation: a stolen channel key after it was revoked',
    attack(repository) {
      const stolen = repository.signers.get('stable')!;
      repository.rotateKeys('stable');
      repository.publish('targets');
      repository.signers.set('stable', stolen);
      repository.publish('stable', 'snapshot', 'timestamp');
    },
    refused: 'metadata-unsigned',
  },
  {
    name: 'revocation: a stolen root key after it was revoked',
    attack(repository) {
      const stolen = repository.signers.get('root')!;
      repository.root.roles['root'] = { keyids: [], threshold: 1 };
      const fresh = repository.addKey('root');
      repository.publish('root');
      repository.signers.set('root', stolen);
      repository.publish('root');
      assert.notEqual(fresh.id, stolen[0]!.id);
    },
    refused: 'metadata-unsigned',
  },
  // Extraneous: things that are signed and do not belong there.
  {
    name: 'extraneous: a channel names a release that its custom field says is another',
    attack(repository) {
      repository.delegated.get('stable')!.targets['releases/web/9.9/manifest.json'] = release(10);
      repository.publish(...CONTENT);
    },
    refused: 'metadata-invalid',
  },
  {
    name: 'extraneous: a manifest longer than any',
    attack(repository) {
      repository.delegated.get('stable')!.targets[RELEASE] = release(1 << 30);
      repository.publish(...CONTENT);
    },
    refused: 'metadata-invalid',
  },
];

/** Keys sorted, no white space: enough for a key without escapes. */
function canonical(key: object): string {
  return JSON.stringify(key, (_, value: unknown) =>
    value !== null && typeof value === 'object' ? Object.fromEntries(Object.entries(value).sort()) : value,
  );
}

describe('attacks of the specification', () => {
  for (const { name, attack, refused, day: days = 0 } of ATTACKS) {
    test(name, async () => {
      const repository = new SimulatedRepository();
      repository.timestamp.expires = '2030-01-08T00:00:00Z';
      repository.delegated.get('stable')!.targets[RELEASE] = release(10);
      repository.publish(...ALL);
      const old = new Map(repository.files);
      const device = new SimulatedDevice(repository);
      const before = await device.refresh();
      assert.deepEqual(
        before.releases.map(({ version }) => version),
        ['1.0'],
      );
      // Something new, so that there is something to go back behind.
      repository.publish('stable', 'targets', 'snapshot', 'timestamp');
      await device.refresh();
      attack(repository, old);
      assert.equal(await device.outcome({ now: day(days) }), refused);
    });
  }

  test('the count', (context) => context.diagnostic(`${ATTACKS.length} attacks refused`));
});

describe('what a device does after an attack', () => {
  test('every refused refresh leaves it able to go on with the honest repository', async () => {
    for (const { name, attack, day: days = 0 } of ATTACKS) {
      const honest = new SimulatedRepository();
      honest.publish(...ALL);
      const device = new SimulatedDevice(honest);
      await device.refresh();
      const evil = new SimulatedRepository();
      attack(evil, new Map(evil.files));
      // The server is somebody else's for one refresh, with none of the keys.
      const taken = new SimulatedDevice(evil);
      taken.builtInRoot = device.builtInRoot;
      Object.assign(taken, { store: device.store });
      await taken.outcome({ now: day(days) });
      assert.equal(await device.outcome(), 'ok', name);
    }
  });

  test('a fast-forward attack ends with the rotation of the keys that made it', async () => {
    const repository = new SimulatedRepository();
    const device = new SimulatedDevice(repository);
    for (const role of ['snapshot', 'timestamp']) repository.body(role).version = Number.MAX_SAFE_INTEGER - 1;
    repository.publish('snapshot', 'timestamp');
    await device.refresh();
    assert.equal(device.version('timestamp'), Number.MAX_SAFE_INTEGER);
    for (const role of ['snapshot', 'timestamp']) {
      repository.rotateKeys(role);
      repository.body(role).version = 1;
    }
    repository.publish('root', 'snapshot', 'timestamp');
    assert.equal((await device.refresh()).versions['timestamp'], 2);
  });

  test('a power cut between new root and forgetting does not keep the fast-forwarded files', async () => {
    const repository = new SimulatedRepository();
    const device = new SimulatedDevice(repository);
    // Two keys, either of which is enough: one is stolen, so the old file stays well signed after it is revoked.
    repository.addKey('timestamp');
    repository.publish('root');
    repository.timestamp.version = 1_000_000;
    repository.publish('timestamp');
    await device.refresh();
    const [stolen, kept] = repository.signers.get('timestamp')!;
    repository.root.roles['timestamp']!.keyids = [kept!.id];
    repository.signers.set('timestamp', [kept!]);
    assert.notEqual(stolen!.id, kept!.id);
    repository.publish('root');
    repository.timestamp.version = 1;
    repository.publish('timestamp');
    // The cut: root 3 is stored under its number, and nothing else has happened.
    device.store.write('3.root.json', repository.served('root', 3));
    assert.equal((await device.refresh()).versions['timestamp'], 2);
  });

  test('what a revoked snapshot key signed is forgotten, also when another of its keys has signed as well', async () => {
    const repository = new SimulatedRepository();
    const device = new SimulatedDevice(repository);
    repository.addKey('snapshot');
    repository.publish('root');
    repository.snapshot.version = 1_000_000;
    repository.snapshot.meta['gone.json'] = { version: 5 };
    repository.publish('snapshot', 'timestamp');
    await device.refresh();
    const [, kept] = repository.signers.get('snapshot')!;
    repository.root.roles['snapshot']!.keyids = [kept!.id];
    delete repository.snapshot.meta['gone.json'];
    repository.snapshot.version = 1;
    repository.publish('root', 'snapshot', 'timestamp');
    assert.equal((await device.refresh()).versions['snapshot'], 2);
  });

  for (const role of ['snapshot', 'targets', 'stable'] as const) {
    test(`freeze: ${role} expires though nothing below a fresh timestamp changes`, async () => {
      const repository = new SimulatedRepository();
      repository.body(role).expires = '2030-01-08T00:00:00Z';
      repository.publish(...CONTENT);
      const device = new SimulatedDevice(repository);
      await device.refresh();
      repository.publish('timestamp');
      assert.equal(await device.outcome({ now: day(8) }), 'metadata-expired');
    });

    test(`mix and match: ${role} in the store is not the one of this version that is named now`, async () => {
      const repository = new SimulatedRepository();
      repository.withHashes = true;
      repository.publish(...CONTENT);
      const device = new SimulatedDevice(repository);
      await device.refresh();
      const other = { ...repository.body(role), expires: '2041-01-01T00:00:00Z' };
      device.store.write(`${role}.json`, repository.sign(role, other));
      await device.refresh();
      assert.deepEqual(device.store.read(`${role}.json`), repository.served(role));
    });
  }

  test('an older image that is gone back to does not believe keys revoked since', async () => {
    const repository = new SimulatedRepository();
    const device = new SimulatedDevice(repository);
    repository.publish('root');
    device.builtInRoot = repository.served('root', 2);
    repository.rotateKeys('timestamp');
    repository.publish('root', 'timestamp');
    await device.refresh();
    device.builtInRoot = repository.served('root', 1);
    const all = new Map(repository.files);
    repository.files.delete('metadata/2.root.json');
    repository.files.delete('metadata/3.root.json');
    assert.equal(await device.outcome(), 'metadata-rollback');
    for (const [path, bytes] of all) repository.files.set(path, bytes);
    assert.equal(await device.outcome(), 'ok');
  });

  test('who could write the store once has no root of their own there afterwards', async () => {
    const repository = new SimulatedRepository();
    const device = new SimulatedDevice(repository);
    const evil = new SimulatedRepository();
    evil.publish('root');
    device.store.write('2.root.json', evil.served('root', 2));
    device.store.write('timestamp.json', evil.served('timestamp'));
    await device.refresh();
    assert.equal(device.version('timestamp'), 1);
    assert.deepEqual(device.store.read('timestamp.json'), repository.served('timestamp'));
  });

  test('damaged files of the store are fetched again', async () => {
    const repository = new SimulatedRepository();
    repository.publish(...ALL);
    const device = new SimulatedDevice(repository);
    await device.refresh();
    for (const file of ['root', '2.root', 'timestamp', 'snapshot', 'targets', 'stable']) {
      device.store.write(`${file}.json`, Buffer.from('{"signed":'));
      assert.equal(await device.outcome(), 'ok', file);
    }
  });

  test('nothing is fetched again that is there', async () => {
    const repository = new SimulatedRepository();
    const device = new SimulatedDevice(repository);
    await device.refresh();
    repository.requests.length = 0;
    await device.refresh();
    assert.deepEqual(repository.requests, ['2.root.json', 'timestamp.json']);
  });
});

describe('expired metadata with an explicit reason', () => {
  test('is let pass and told of; signatures and versions are checked as ever', async () => {
    const repository = new SimulatedRepository();
    repository.timestamp.expires = '2030-01-08T00:00:00Z';
    repository.publish('timestamp');
    const device = new SimulatedDevice(repository);
    const late = { now: day(100), allowExpired: 'the publisher is on holiday' };
    const { expired, expires } = await device.refresh(late);
    assert.deepEqual(expired, [{ file: 'timestamp.json', expires: day(7) }]);
    assert.deepEqual(expires, day(7));
    repository.timestamp.version = 0;
    repository.publish('timestamp');
    assert.equal(await device.outcome(late), 'metadata-rollback');
    forge(repository, 'timestamp');
    assert.equal(await device.outcome(late), 'metadata-unsigned');
  });
});

describe('channels', () => {
  const withReleases = (): SimulatedRepository => {
    const repository = new SimulatedRepository();
    repository.delegate('targets', { name: 'candidate', paths: ['releases/*/*/manifest.json'] });
    repository.delegated.get('stable')!.targets[RELEASE] = release(10);
    repository.delegated.get('candidate')!.targets['releases/web/2.0/manifest.json'] = release(20, '2.0');
    Object.assign(repository.targets, { ashlar: { floors: { web: '0.9' }, channels: {}, later: { than: 'this' } } });
    repository.publish('candidate', ...CONTENT);
    return repository;
  };

  test('a device sees its own channel and no other', async () => {
    const device = new SimulatedDevice(withReleases());
    const { releases, floor, versions } = await device.refresh();
    assert.deepEqual(releases, [
      {
        name: 'web',
        version: '1.0',
        manifest: {
          path: `targets/releases/web/1.0/${sha256('manifest')}.manifest.json`,
          length: 10,
          sha256: sha256('manifest'),
        },
        custom: { name: 'web', version: '1.0', rootHash: sha256('root'), created: 0 },
      },
    ]);
    assert.equal(floor('web'), '0.9');
    assert.equal(floor('constructor'), undefined);
    assert.deepEqual(versions, { root: 1, timestamp: 2, snapshot: 2, targets: 2, stable: 2 });
    const candidate = await device.refresh({ channel: 'candidate' });
    assert.deepEqual(
      candidate.releases.map(({ version }) => version),
      ['2.0'],
    );
    assert.equal(await device.outcome({ channel: 'nightly' }), 'channel-unknown');
  });

  test('what a channel says of paths that it does not have is not heard', async () => {
    const repository = withReleases();
    repository.targets.delegations!.roles[0]!.paths = ['releases/web/*/manifest.json'];
    repository.delegated.get('stable')!.targets['releases/db/1.0/manifest.json'] = release(10);
    repository.delegated.get('stable')!.targets['elsewhere'] = release(10);
    repository.publish(...CONTENT);
    const { releases } = await new SimulatedDevice(repository).refresh();
    assert.deepEqual(
      releases.map(({ name }) => name),
      ['web'],
    );
  });

  test('a channel may delegate systems to others; each says what it may and no more', async () => {
    const repository = withReleases();
    repository.delegate('stable', { name: 'db-team', paths: ['releases/db/*/manifest.json'] });
    const team = repository.delegated.get('db-team')!;
    const custom = { name: 'db', version: '3.0', rootHash: sha256('root'), created: 0 };
    team.targets['releases/db/3.0/manifest.json'] = { ...release(30), custom: { ashlar: custom } };
    team.targets['releases/web/3.0/manifest.json'] = release(30, '3.0');
    repository.publish('db-team', ...CONTENT);
    const { releases, versions } = await new SimulatedDevice(repository).refresh();
    assert.deepEqual(releases.map(({ name, version }) => `${name} ${version}`).sort(), ['db 3.0', 'web 1.0']);
    assert.equal(versions['db-team'], 1);
  });

  test('fields of a later version are let pass', async () => {
    const repository = withReleases();
    const target = release(10);
    Object.assign(target.custom, { ashlar: { ...(target.custom as { ashlar: object }).ashlar, later: 1 } });
    repository.delegated.get('stable')!.targets[RELEASE] = target;
    repository.publish(...CONTENT);
    assert.equal((await new SimulatedDevice(repository).refresh()).releases.length, 1);
  });
});
