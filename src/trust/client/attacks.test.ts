import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sha256 } from '../../model/digest.ts';
import { ALL, ATTACKS, CONTENT, forge, RELEASE, release } from './simulator/attack-cases.fixture.ts';
import { day, SimulatedDevice } from './simulator/simulated-device.fixture.ts';
import { SimulatedRepository } from './simulator/simulated-repository.fixture.ts';

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
