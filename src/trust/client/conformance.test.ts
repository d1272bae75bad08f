import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Trusted } from './simulator/conformance-case.fixture.ts';
import { CONFORMANCE_CASES, NOT_PORTED } from './simulator/conformance-cases.fixture.ts';
import { ROLE_ROTATIONS, ROOT_ROTATIONS, type RoleVersion } from './simulator/rotation-cases.fixture.ts';
import { SEARCH_CASES, SEARCH_TREE, type SimulatedEdge, TRAVERSAL_CASES } from './simulator/search-cases.fixture.ts';
import { day, SimulatedDevice } from './simulator/simulated-device.fixture.ts';
import { SimulatedRepository } from './simulator/simulated-repository.fixture.ts';
import { type SimulatedSigner, simulatedSigner } from './simulator/simulated-signer.fixture.ts';

/** Cases that are tests of their own, outside of the tables. */
const STANDALONE = 12;

describe('refreshing', () => {
  for (const { name, before, steps } of CONFORMANCE_CASES) {
    test(name, async () => {
      const repository = new SimulatedRepository();
      before?.(repository);
      const device = new SimulatedDevice(repository);
      for (const { change, day: days = 0, expect, trusted = {}, absent = [], lastRequest } of steps) {
        change?.(repository);
        assert.equal(await device.outcome({ now: day(days) }), expect);
        const versions = Object.keys(trusted).map((role) => [role, device.version(role)]);
        assert.deepEqual(Object.fromEntries(versions) as Trusted, trusted);
        for (const role of absent) assert.equal(device.version(role), undefined, role);
        if (lastRequest !== undefined) assert.equal(repository.requests.at(-1), lastRequest);
      }
    });
  }

  test('test_basic_refresh_requests', async () => {
    const repository = new SimulatedRepository();
    await new SimulatedDevice(repository).refresh();
    assert.deepEqual(repository.requests, [
      '2.root.json',
      'timestamp.json',
      '1.snapshot.json',
      '1.targets.json',
      '1.stable.json',
    ]);
  });

  test('test_implicit_refresh', async () => {
    const repository = new SimulatedRepository();
    const device = new SimulatedDevice(repository);
    assert.equal(await device.finds('nonexistent artifact'), false);
    assert.equal(device.version('targets'), 1);
  });

  test('test_invalid_initial_root, test_unsigned_initial_root', async () => {
    const repository = new SimulatedRepository();
    const device = new SimulatedDevice(repository);
    const good = device.builtInRoot;
    device.builtInRoot = Buffer.from('');
    assert.equal(await device.outcome(), 'metadata-invalid');
    const file = JSON.parse(good.toString());
    file.signatures[0].sig = '00'.repeat(64);
    device.builtInRoot = Buffer.from(JSON.stringify(file));
    assert.equal(await device.outcome(), 'metadata-unsigned');
    assert.deepEqual(repository.requests, []);
  });

  test('test_metadata_bytes_match', async () => {
    const repository = new SimulatedRepository();
    const bytes = Buffer.concat([repository.served('timestamp'), Buffer.from(' ')]);
    repository.files.set('metadata/timestamp.json', bytes);
    const device = new SimulatedDevice(repository);
    await device.refresh();
    assert.deepEqual(device.store.read('timestamp.json'), bytes);
  });
});

/** Gives `role` these keys and signers, in place of those that it has. */
function setKeys(
  repository: SimulatedRepository,
  role: string,
  { keys, threshold, signatures }: RoleVersion,
  signers: readonly SimulatedSigner[],
): void {
  repository.root.roles[role] = { keyids: [], threshold };
  for (const number of keys) repository.listKey(role, signers[number]!);
  repository.signers.set(
    role,
    signatures.map((number) => signers[number]!),
  );
}

const TEN = Array.from({ length: 10 }, () => simulatedSigner());

describe('rotations of root', () => {
  for (const { name, versions, believed } of ROOT_ROTATIONS) {
    test(name, async () => {
      const repository = new SimulatedRepository();
      repository.root.version = 0;
      for (const version of versions) {
        setKeys(repository, 'root', version, TEN);
        repository.publish('root');
      }
      const device = new SimulatedDevice(repository);
      assert.equal(await device.outcome(), believed ? 'ok' : 'metadata-unsigned');
      const reached = believed ? versions.length : versions.length - 1;
      assert.deepEqual(device.store.read('root.json'), repository.served('root', reached));
    });
  }
});

describe('rotations of the other roles', () => {
  for (const { name, believed, ...version } of ROLE_ROTATIONS) {
    test(name, async () => {
      const repository = new SimulatedRepository();
      const device = new SimulatedDevice(repository);
      for (const role of ['timestamp', 'snapshot', 'targets']) {
        setKeys(repository, role, version, TEN);
        repository.publish('root', 'targets', 'snapshot', 'timestamp');
        assert.equal(await device.outcome(), believed ? 'ok' : 'metadata-unsigned', role);
        if (believed) assert.deepEqual(device.store.read(`${role}.json`), repository.served(role));
      }
    });
  }
});

/** A repository with these delegations and no others. */
function repositoryWith(
  edges: readonly SimulatedEdge[],
  targets: readonly (readonly [string, string])[],
): SimulatedRepository {
  const repository = new SimulatedRepository();
  for (const { from, to, terminating = false, paths = ['*'] } of edges) {
    repository.delegate(from, { name: to, terminating, paths: [...paths] });
  }
  for (const [role, path] of targets) {
    repository.targetsRole(role).targets[path] = { length: 1, hashes: { sha256: '0'.repeat(64) } };
  }
  const roles = new Set(edges.map(({ to }) => to));
  repository.publish(...roles, 'targets', 'snapshot', 'timestamp');
  return repository;
}

/** The roles that were fetched after the top-level ones. */
function visited({ requests }: SimulatedRepository): string[] {
  return requests.slice(4).map((file) => file.replace(/^1\.|\.json$/g, ''));
}

describe('searches', () => {
  for (const { name, edges, visited: expected } of TRAVERSAL_CASES) {
    test(`visit in order: ${name}`, async () => {
      const repository = repositoryWith(edges, []);
      assert.equal(await new SimulatedDevice(repository).finds('missingpath'), false);
      assert.deepEqual(visited(repository), expected);
    });
  }

  for (const { name, path, found, visited: expected } of SEARCH_CASES) {
    test(`find: ${name}`, async () => {
      const repository = repositoryWith(SEARCH_TREE.edges, SEARCH_TREE.targets);
      assert.equal(await new SimulatedDevice(repository).finds(path), found);
      assert.deepEqual(visited(repository), expected);
    });
  }

  test('test_cached_role_is_verified_against_current_delegator', async () => {
    const repository = repositoryWith(
      [
        { from: 'targets', to: 'parent-a', paths: ['team-a/*'] },
        { from: 'targets', to: 'parent-b', paths: ['team-b/*'] },
        { from: 'parent-a', to: 'release', paths: ['team-a/*'] },
        { from: 'parent-b', to: 'release', paths: ['team-b/*'] },
      ],
      [
        ['release', 'team-a/root'],
        ['release', 'team-b/root'],
      ],
    );
    repository.signers.get('release')!.pop();
    repository.publish('release', 'snapshot', 'timestamp');
    const device = new SimulatedDevice(repository);
    assert.equal(await device.finds('team-a/root'), true);
    await assert.rejects(device.finds('team-b/root'), { code: 'metadata-unsigned' });
  });

  test('test_delegation_not_in_snapshot', async () => {
    const repository = repositoryWith([{ from: 'targets', to: 'delegated', paths: ['delegatedpath/*'] }], []);
    delete repository.snapshot.meta['delegated.json'];
    repository.publish('snapshot', 'timestamp');
    const device = new SimulatedDevice(repository);
    await device.refresh();
    repository.requests.length = 0;
    await assert.rejects(device.finds('delegatedpath/foo'), { code: 'metadata-mismatch' });
    assert.deepEqual(repository.requests, ['2.root.json', 'timestamp.json']);
  });

  for (const role of ['?', '#', '/delegatedrole', '../delegatedrole']) {
    // The suite asks that such a name is quoted; here nobody may have one, so that it never comes into a path.
    test(`test_unusual_role_name[${role}]`, async () => {
      const repository = repositoryWith([{ from: 'targets', to: role }], []);
      await assert.rejects(new SimulatedDevice(repository).finds('nonexistent target'), { code: 'metadata-invalid' });
      assert.equal(repository.requests.length, 4);
    });
  }

  test('test_download_with_unknown_hash_algorithm', async () => {
    const repository = new SimulatedRepository();
    repository.delegated.get('stable')!.targets['releases/web/1.0/manifest.json'] = {
      length: 1,
      hashes: { 'unknown-hash': '0'.repeat(64) },
      custom: { ashlar: { name: 'web', version: '1.0', rootHash: '0'.repeat(64), created: 0 } },
    };
    repository.publish('stable', 'snapshot', 'timestamp');
    assert.equal(await new SimulatedDevice(repository).outcome(), 'metadata-invalid');
  });
});

test('the count', (context) => {
  const tables = [CONFORMANCE_CASES, ROOT_ROTATIONS, ROLE_ROTATIONS, TRAVERSAL_CASES, SEARCH_CASES];
  const count = tables.reduce((sum, table) => sum + table.length, 0) + STANDALONE;
  const left = Object.values(NOT_PORTED).reduce((sum, { cases }) => sum + cases, 0);
  context.diagnostic(`${count} cases of tuf-conformance, ${left} not ported`);
  assert.ok(count > 95);
});
