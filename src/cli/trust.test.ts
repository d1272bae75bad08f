import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openDirectoryReader } from '../store/transport/directory/directory-reader.ts';
import { refreshTrust, type TrustedChannel } from '../trust/client/refresh-trust.ts';
import { memoryTrustStore } from '../trust/client/trust-store.ts';
import type { TrustReport } from '../trust/metadata/trust-report.ts';
import channel from './trust-channel.ts';
import floor from './trust-floor.ts';
import init from './trust-init.ts';
import refresh from './trust-refresh.ts';
import rotate from './trust-rotate.ts';
import status from './trust-status.ts';
import { INIT_OPTIONS, trustScene } from './trust-verbs.fixture.ts';

const scene = trustScene();
const { scratch, keys, repository, run } = scene;
after(scene.remove);

const INIT = { ...INIT_OPTIONS, repository };

/** What a device sees whose image has the root as `trust init` made it. */
function device(name = 'stable', builtInRoot = first): Promise<TrustedChannel> {
  return scene.device(name, builtInRoot);
}

let first: Buffer;

before(async () => {
  await scene.init();
  first = readFileSync(join(keys, 'root.json'));
});

describe('trust init', () => {
  it('puts offline and online keys apart, readable by their owner alone', () => {
    const labels = (folder: string): string[] =>
      readdirSync(join(keys, folder))
        .filter((name) => name.endsWith('.pem'))
        .sort();
    assert.deepEqual(labels('offline'), ['root-1.pem', 'root-2.pem', 'targets-1.pem']);
    assert.deepEqual(labels('online'), ['candidate-1.pem', 'snapshot-1.pem', 'stable-1.pem', 'timestamp-1.pem']);
    assert.equal(statSync(join(keys, 'offline')).mode & 0o777, 0o700);
    assert.equal(statSync(join(keys, 'offline/root-1.pem')).mode & 0o777, 0o600);
    assert.match(readFileSync(join(keys, 'README.md'), 'utf8'), /take it off this machine/);
  });

  it('writes metadata that a device believes', async () => {
    const { releases, versions } = await device();
    assert.deepEqual(releases, []);
    assert.deepEqual(versions, { root: 1, timestamp: 1, snapshot: 1, targets: 1, stable: 1 });
  });

  it('touches neither a folder nor a repository that is in use', async () => {
    await assert.rejects(run(init, [keys], INIT), { code: 'path-conflict' });
    const other = join(scratch, 'other');
    await assert.rejects(run(init, [other], INIT), { code: 'path-conflict' });
    assert.equal(existsSync(other), false);
  });

  it('makes a root that takes the place of one whose keys are lost', async () => {
    const folder = join(scratch, 'after');
    const place = join(scratch, 'after-repository');
    await run(init, [folder], {
      ...INIT,
      repository: place,
      channel: ['stable'],
      withoutPreflight: [],
      bootOnly: [],
      root: '1/1',
      replaces: join(keys, 'root.json'),
    });
    assert.equal(JSON.parse(readFileSync(join(folder, 'root.json'), 'utf8')).signed.version, 2);
    // A device that knows the old root takes it from an image, and only from there.
    const store = memoryTrustStore();
    const refreshed = (builtInRoot: Buffer, from: string): Promise<TrustedChannel> => {
      const source = openDirectoryReader(from);
      return refreshTrust({ store, source, builtInRoot, channel: 'stable', now: new Date() });
    };
    await refreshed(first, repository);
    await assert.rejects(refreshed(first, place), { code: 'metadata-unsigned' });
    const { versions } = await refreshed(readFileSync(join(folder, 'root.json')), place);
    assert.equal(versions['root'], 2);
  });

  it('refuses a threshold that there are no keys for', () =>
    assert.rejects(run(init, [join(scratch, 'x')], { ...INIT, root: '3/2' }), { code: 'usage' }));
});

describe('trust status', () => {
  it('says who can sign what, and that all is well', async () => {
    const { result, exitCode, text } = await run<TrustReport>(status, [keys]);
    assert.equal(exitCode, 0);
    assert.deepEqual(
      result.roles.map(({ role, daysLeft, canSign, keys: listed }) => [
        role,
        daysLeft,
        canSign,
        listed.map(({ label }) => label),
      ]),
      [
        ['root', 364, true, ['root-1', 'root-2']],
        ['timestamp', 6, true, ['timestamp-1']],
        ['snapshot', 29, true, ['snapshot-1']],
        ['targets', 364, true, ['targets-1']],
        ['candidate', 179, true, ['candidate-1']],
        ['stable', 179, true, ['stable-1']],
      ],
    );
    assert.deepEqual(result.channels, [
      { channel: 'candidate', preflight: 'not-required', releases: 0 },
      { channel: 'stable', preflight: 'required', releases: 0 },
    ]);
    assert.match(text, /timestamp +1 {2}6 days, until/);
  });

  it('says no when something expires within the days that are asked for', async () => {
    const { result, exitCode } = await run<TrustReport>(status, [keys], { within: '30' });
    assert.equal(exitCode, 3);
    assert.deepEqual(
      result.roles.filter(({ state }) => state === 'soon').map(({ role }) => role),
      ['timestamp', 'snapshot'],
    );
  });
});

describe('trust rotate, refresh, channel and floor', () => {
  it('a key is replaced, and devices follow', async () => {
    const { result, text } = await run<{ removed: string[]; added: string[]; signed: string[] }>(rotate, [
      keys,
      'timestamp',
    ]);
    assert.deepEqual(result.signed, ['timestamp', 'root']);
    assert.deepEqual([result.removed.length, result.added.length], [1, 1]);
    assert.match(text, /timestamp-2/);
    assert.equal((await device()).versions['root'], 2);
    const after = await run<TrustReport>(status, [keys]);
    assert.deepEqual(after.result.unusedKeys, [join(keys, 'online/timestamp-1.key.json')]);
    assert.equal(JSON.parse(readFileSync(join(keys, 'root.json'), 'utf8')).signed.version, 2);
  });

  it('one of several keys is taken away, by its label', async () => {
    const { result } = await run<{ threshold: number }>(rotate, [keys, 'root'], { key: ['root-2'], remove: true });
    assert.equal(result.threshold, 1);
    await assert.rejects(run(rotate, [keys, 'root'], { key: ['root-1'], remove: true }), { code: 'usage' });
    await assert.rejects(run(rotate, [keys, 'root'], { key: ['root-9'] }), { code: 'usage' });
    await assert.rejects(run(rotate, [keys, 'nightly']), { code: 'channel-unknown' });
  });

  it('what is due is signed again, and nothing else; named roles in any case', async () => {
    const idle = await run(refresh, [keys, []]);
    assert.equal(idle.exitCode, 4);
    await assert.rejects(run(refresh, [keys, ['nightly']]), { code: 'channel-unknown' });
    const { result } = await run<{ signed: string[] }>(refresh, [keys, ['targets', 'snapshot']]);
    assert.deepEqual(result.signed, ['targets', 'snapshot', 'timestamp']);
  });

  it('for how long a role is signed is changed', async () => {
    const { result } = await run<{ signed: string[] }>(refresh, [keys, ['timestamp']], { expiry: ['timestamp=14'] });
    assert.deepEqual(result.signed, ['timestamp', 'root']);
    const report = await run<TrustReport>(status, [keys]);
    assert.equal(report.result.roles.find(({ role }) => role === 'timestamp')?.daysLeft, 13);
    for (const expiry of ['nightly=3', 'timestamp=0', 'timestamp']) {
      await assert.rejects(run(refresh, [keys, []], { expiry: [expiry] }), { code: 'usage' });
    }
  });

  it('a channel is added and a floor set, by the offline keys', async () => {
    await run(channel, [keys, 'nightly'], { preflight: 'not-required', system: ['web'] });
    assert.deepEqual((await device('nightly')).releases, []);
    const same = await run(channel, [keys, 'nightly'], { preflight: 'not-required', system: [] });
    assert.equal(same.exitCode, 4);
    await run(floor, [keys, 'web', '1.4.0']);
    assert.equal((await device()).floor('web'), '1.4.0');
  });

  it('a key that lies elsewhere, here an ECDSA one behind a program, takes the place of one in a file', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const token = join(scratch, 'token.pem');
    writeFileSync(token, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const program = join(scratch, 'sign.mjs');
    writeFileSync(
      program,
      `import { createPrivateKey, sign } from 'node:crypto';
       import { readFileSync } from 'node:fs';
       process.stdout.write(sign('sha256', readFileSync(0), createPrivateKey(readFileSync(process.argv[2]))));`,
    );
    const file = join(keys, 'online/token.key.json');
    const pem = publicKey.export({ type: 'spki', format: 'pem' });
    const key = { keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval: { public: pem } };
    const command = [process.execPath, program, token];
    writeFileSync(file, JSON.stringify({ format: 'ashlar-key/1', key, private: { kind: 'program', command } }));
    const { result } = await run<{ files: string[]; signed: string[] }>(rotate, [keys, 'snapshot'], { with: [file] });
    assert.deepEqual([result.files, result.signed], [[], ['snapshot', 'timestamp', 'root']]);
    await run(refresh, [keys, ['snapshot']]);
    const { versions } = await device();
    const { result: report } = await run<TrustReport>(status, [keys]);
    const snapshot = report.roles.find(({ role }) => role === 'snapshot');
    assert.deepEqual([snapshot?.version, snapshot?.keys.map(({ label }) => label)], [versions['snapshot'], ['token']]);
  });

  it('without the offline keys it says which are missing, and leaves nothing behind', async () => {
    const safe = join(scratch, 'safe');
    renameSync(join(keys, 'offline'), safe);
    const before = readdirSync(join(keys, 'online'));
    await assert.rejects(run(rotate, [keys, 'stable']), {
      code: 'signers-insufficient',
      message: /targets\.json needs 1 more/,
    });
    assert.deepEqual(readdirSync(join(keys, 'online')), before);
    const { result } = await run<TrustReport>(status, [keys]);
    assert.deepEqual(
      result.roles.filter(({ canSign }) => !canSign).map(({ role }) => role),
      ['root', 'targets'],
    );
    await run(rotate, [keys, 'stable'], { keys: [safe] });
    assert.equal((await device()).versions['stable'], 2);
  });

  it('a wrong passphrase changes nothing', async () => {
    const wrong = join(scratch, 'wrong');
    writeFileSync(wrong, 'another horse\n');
    const before = readdirSync(join(repository, 'metadata'));
    await assert.rejects(run(refresh, [keys, ['timestamp']], { passphraseFile: wrong }), { code: 'key-locked' });
    assert.deepEqual(readdirSync(join(repository, 'metadata')), before);
  });
});
