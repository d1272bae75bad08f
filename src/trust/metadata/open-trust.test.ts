import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { sha256 } from '../../model/digest.ts';
import type { DirectoryFiles } from '../../store/transport/directory/directory-files.ts';
import { systemFiles } from '../../store/transport/directory/system-files.ts';
import { simulatedSigner } from '../client/simulator/simulated-signer.fixture.ts';
import { memoryTrustStore } from '../client/trust-store.ts';
import type { Signer } from '../keys/signer.ts';
import { canonicalJson } from './canonical-json.ts';
import { initTrust } from './init-trust.ts';
import {
  atHand,
  cutAfter,
  device,
  edit,
  freshKeys,
  NOW,
  type Publisher,
  publisher,
  ROLES,
  ROTATIONS,
  type Role,
  release,
  rotate,
  versions,
} from './publisher.fixture.ts';

const scratch = mkdtempSync(join(tmpdir(), 'ashlar-trust-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** A new directory. */
function files(): DirectoryFiles {
  return systemFiles(mkdtempSync(join(scratch, 'repository-')));
}

function metadataOf(own: Publisher): string[] {
  return own.files.list('metadata').map(({ name }) => name);
}

describe('a publisher', () => {
  test('puts releases into channels, and signs no more than it must', async () => {
    const own = await publisher(files());
    const online = [...own.keys.candidate, ...own.keys.snapshot, ...own.keys.timestamp];
    const signed = await edit(
      own,
      async (trust) => {
        trust.addRelease('candidate', release('1.0'));
        return trust.commit();
      },
      { signers: online },
    );
    assert.deepEqual(signed, ['candidate', 'snapshot', 'timestamp']);
    assert.deepEqual(versions(await device(own, memoryTrustStore(), 'candidate')), ['1.0']);
    assert.deepEqual(versions(await device(own)), []);
  });

  test('changes nothing when there is nothing to change', async () => {
    const own = await publisher(files());
    const before = metadataOf(own);
    assert.deepEqual(await edit(own, (trust) => trust.commit()), []);
    await edit(own, async (trust) => {
      trust.addRelease('stable', release('1.0'));
      return trust.commit();
    });
    const after = metadataOf(own);
    const again = await edit(own, async (trust) => {
      trust.addRelease('stable', release('1.0'));
      return trust.commit();
    });
    assert.deepEqual(again, []);
    assert.deepEqual(metadataOf(own), after);
    assert.ok(after.length > before.length);
  });

  test('promotes, takes back, sets floors and policies', async () => {
    const own = await publisher(files());
    await edit(own, async (trust) => {
      for (const version of ['1.10', '1.9']) trust.addRelease('candidate', release(version));
      assert.deepEqual(
        trust.releases('candidate').map(({ version }) => version),
        ['1.9', '1.10'],
      );
      const [first] = trust.releases('candidate');
      trust.addRelease('stable', {
        manifest: first!.manifest,
        custom: { ...first!.custom, promotedFrom: 'candidate', barrier: true },
      });
      assert.equal(trust.removeRelease('candidate', 'web', '1.9'), true);
      assert.equal(trust.removeRelease('candidate', 'web', '1.9'), false);
      trust.setFloor('web', '1.9');
      trust.setChannelPolicy('candidate', { preflight: 'required' });
      assert.throws(() => trust.addRelease('nightly', release('2')), { code: 'channel-unknown' });
      await trust.commit();
      assert.deepEqual(trust.policy(), {
        floors: { web: '1.9' },
        channels: { candidate: { preflight: 'required' }, stable: { preflight: 'required' } },
      });
    });
    const stable = await device(own);
    assert.deepEqual(stable.releases[0]?.custom.promotedFrom, 'candidate');
    assert.equal(stable.floor('web'), '1.9');
    assert.deepEqual(versions(await device(own, memoryTrustStore(), 'candidate')), ['1.10']);
  });

  test('never gives a version another content, in any channel', async () => {
    const own = await publisher(files());
    await edit(own, async (trust) => {
      trust.addRelease('candidate', release('1.0'));
      assert.throws(() => trust.addRelease('stable', release('1.0', 'other')), { code: 'release-conflict' });
    });
  });

  test('refuses to begin where there is a root, or without enough keys', async () => {
    const own = await publisher(files());
    const lease = await own.writer.lock('test');
    const one = (role: Role) => ({ signers: own.keys[role], threshold: 1 });
    const roles = {
      root: one('root'),
      targets: one('targets'),
      snapshot: one('snapshot'),
      timestamp: one('timestamp'),
    };
    await assert.rejects(initTrust({ writer: own.writer, lease, roles, channels: {}, now: NOW }), {
      code: 'path-conflict',
    });
    await lease.release();
    const before = metadataOf(own);
    await assert.rejects(
      edit(
        own,
        async (trust) => {
          trust.addRelease('stable', release('1.0'));
          return trust.commit();
        },
        { signers: own.keys.stable },
      ),
      { code: 'signers-insufficient' },
    );
    assert.deepEqual(metadataOf(own), before);
  });

  test('takes no signature of another key, whatever the signer says', async () => {
    const own = await publisher(files());
    const [good] = own.keys.timestamp;
    const wrong: Signer = { key: good!.key, sign: (bytes) => simulatedSigner().sign(bytes) };
    await assert.rejects(
      edit(
        own,
        async (trust) => {
          trust.renew('timestamp');
          return trust.commit();
        },
        { signers: [wrong] },
      ),
      { code: 'signer-failed' },
    );
  });

  test('notices that somebody put an old state back', async () => {
    const own = await publisher(files());
    const store = memoryTrustStore();
    const old = await own.writer.read('metadata/timestamp.json', { maxBytes: 1 << 20 });
    await edit(
      own,
      async (trust) => {
        trust.addRelease('stable', release('1.0'));
        return trust.commit();
      },
      { store },
    );
    await own.writer.replace('metadata/timestamp.json', old!);
    await assert.rejects(
      edit(own, (trust) => trust.commit(), { store }),
      { code: 'metadata-rollback' },
    );
  });

  test('signs what has expired again', async () => {
    const own = await publisher(files());
    const later = new Date('2030-03-01T00:00:00Z');
    await assert.rejects(device(own, memoryTrustStore(), 'stable', later), { code: 'metadata-expired' });
    const signed = await edit(
      own,
      async (trust) => {
        for (const role of ['snapshot', 'timestamp']) trust.renew(role);
        return trust.commit();
      },
      { now: later },
    );
    assert.deepEqual(signed, ['snapshot', 'timestamp']);
    const { expires } = await device(own, memoryTrustStore(), 'stable', later);
    assert.deepEqual(expires, new Date('2030-03-08T00:00:00Z'));
  });
});

describe('rotation of keys', () => {
  for (const rotation of ROTATIONS) {
    test(rotation.name, async () => {
      const own = await publisher(files());
      await edit(own, async (trust) => {
        trust.addRelease('stable', release('1.0'));
        await trust.commit();
      });
      const store = memoryTrustStore();
      await device(own, store);
      const fresh = freshKeys(own);
      assert.deepEqual(await rotate(own, rotation, fresh, { signers: atHand(own, rotation, fresh) }), rotation.signed);
      for (const known of [store, memoryTrustStore()]) assert.deepEqual(versions(await device(own, known)), ['1.0']);
      // The old keys are no longer good for anything, the new ones are.
      const revoked = rotation.roles.flatMap((role) => own.keys[role]);
      const rest = ROLES.filter((role) => !rotation.roles.includes(role)).flatMap((role) => own.keys[role]);
      const publish = (signers: readonly Signer[], version: string) =>
        edit(
          own,
          async (trust) => {
            trust.addRelease('stable', release(version));
            for (const role of rotation.roles) trust.renew(role);
            return trust.commit();
          },
          { signers },
        );
      await assert.rejects(publish([...revoked, ...rest], '2.0'), { code: 'signers-insufficient' });
      await publish([...rest, ...rotation.roles.flatMap((role) => fresh[role])], '2.0');
      assert.deepEqual(versions(await device(own, store)), ['1.0', '2.0']);
    });
  }

  test('a threshold that could never be reached is refused', async () => {
    const own = await publisher(files());
    await edit(own, async (trust) => {
      const remove = [own.keys.root[0]!.id];
      assert.throws(() => trust.changeKeys('root', { add: [], remove }), { code: 'usage' });
      trust.changeKeys('root', { add: [], remove, threshold: 1 });
      await trust.commit();
    });
    assert.equal((await device(own)).versions['root'], 2);
  });

  for (const lost of [true, false]) {
    test(`after a fast-forward attack numbers begin again, wherever it is cut off${lost ? ', the old keys lost' : ''}`, async () => {
      for (let steps = 0; ; steps += 1) {
        const own = await publisher(files());
        const last = await fastForward(own);
        const [store, seen] = [memoryTrustStore(), memoryTrustStore()];
        assert.equal((await device(own, store)).versions['timestamp'], last);
        const fresh = freshKeys(own);
        const rotation = { name: '', roles: ['snapshot', 'timestamp'] as const, lost, signed: [] };
        const signers = atHand(own, rotation, fresh);
        const writer = cutAfter(own.writer, steps);
        const isComplete = await rotate(own, rotation, fresh, { signers, writer, store: seen }).then(
          () => true,
          (error: Error) => assert.equal(error.message, 'power cut'),
        );
        if (isComplete !== true) await rotate(own, rotation, fresh, { signers, store: seen });
        const { versions: recovered } = await device(own, store);
        assert.ok(recovered['timestamp']! < 10 && recovered['snapshot']! < 10, JSON.stringify(recovered));
        if (isComplete === true) break;
      }
    });
  }
});

/** What who stole the keys of snapshot and timestamp can do to a repository: sign the greatest version there is. */
async function fastForward(own: Publisher): Promise<number> {
  const last = Number.MAX_SAFE_INTEGER;
  const stolen = [...own.keys.snapshot, ...own.keys.timestamp];
  const bytes = await own.writer.read('metadata/1.snapshot.json', { maxBytes: 1 << 20 });
  const { signed } = JSON.parse(bytes!.toString());
  const put = async (file: string, body: object): Promise<Buffer> => {
    const message = canonicalJson(JSON.parse(JSON.stringify(body)));
    const signatures = stolen.map(({ id, signNow }) => ({ keyid: id, sig: signNow(message).toString('hex') }));
    const content = Buffer.from(JSON.stringify({ signatures, signed: body }));
    await own.writer.replace(`metadata/${file}.json`, content);
    return content;
  };
  const snapshot = await put(`${last}.snapshot`, { ...signed, version: last });
  const described = { version: last, length: snapshot.length, hashes: { sha256: sha256(snapshot) } };
  const timestamp = { _type: 'timestamp', spec_version: '1.0.31', expires: signed.expires, version: last };
  await put('timestamp', { ...timestamp, meta: { 'snapshot.json': described } });
  return last;
}

test('a folder that cannot remember what is published is noticed before anything is', async () => {
  const own = await publisher(files());
  const memory = memoryTrustStore();
  await edit(own, async () => {}, { store: memory });
  const before = metadataOf(own);
  const write = (): never => {
    throw Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
  };
  const store = { ...memory, write };
  const publishing = edit(
    own,
    async (trust) => {
      trust.addRelease('stable', release('1'));
      await trust.commit();
    },
    { store },
  );
  await assert.rejects(publishing, /EROFS/);
  assert.deepEqual(metadataOf(own), before);
  assert.deepEqual(versions(await device(own)), []);
});
