import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { passphraseFrom } from '../trust/keys/passphrase.ts';
import { release } from '../trust/metadata/publisher.fixture.ts';
import type { TrustReport } from '../trust/metadata/trust-report.ts';
import { usingTrust } from '../trust/metadata/using-trust.ts';
import channel from './trust-channel.ts';
import floor from './trust-floor.ts';
import refresh from './trust-refresh.ts';
import rotate from './trust-rotate.ts';
import status from './trust-status.ts';
import { trustScene } from './trust-verbs.fixture.ts';

const scene = trustScene();
const { scratch, keys, repository, run } = scene;
after(scene.remove);
before(() => scene.init());

const keyFiles = (): string[] => readdirSync(join(keys, 'online')).sort();

/** Runs what must be refused with `code`, and neither leave keys nor write metadata. */
async function refused(code: string, work: () => Promise<unknown>): Promise<void> {
  const present = (): unknown => [keyFiles(), readdirSync(scratch), readdirSync(join(repository, 'metadata'))];
  const before = present();
  await assert.rejects(work(), { code });
  assert.deepEqual(present(), before);
}

describe('slips of who makes keys', () => {
  const initElsewhere = (options: object) =>
    scene.init({ repository: join(scratch, 'elsewhere'), ...options }).finally(() => {
      rmSync(join(scratch, 'elsewhere'), { recursive: true, force: true });
    });

  it('a channel without preflight that is none of the channels is a slip, and not passed over', () =>
    refused('usage', () => initElsewhere({ withoutPreflight: ['candidte'] })));

  it('a channel cannot be named twice', () => refused('usage', () => initElsewhere({ channel: ['stable', 'stable'] })));

  it('the name on Secure Boot keys is one that firmware can show', () =>
    refused('usage', () => initElsewhere({ name: 'Größe' })));

  it('a repository that cannot be written leaves no half-made folder of keys', async () => {
    const place = join(scratch, 'blocked');
    const folder = join(scratch, 'blocked-keys');
    mkdirSync(place);
    // Where metadata is to lie there is a file.
    writeFileSync(join(place, 'metadata'), '');
    const { default: init } = await import('./trust-init.ts');
    const { INIT_OPTIONS } = await import('./trust-verbs.fixture.ts');
    await assert.rejects(run(init, [folder], { ...INIT_OPTIONS, repository: place }), {
      code: 'repository-not-writable',
    });
    assert.equal(existsSync(folder), false);
    rmSync(place, { recursive: true });
  });
});

describe('slips of who changes trust', () => {
  it('a floor for a name that no system can have would make the repository unreadable, and is refused', async () => {
    await refused('usage', () => run(floor, [keys, 'a'.repeat(33), '1.0']));
    await run(status, [keys]);
  });

  it('a floor that goes down is said to', async () => {
    assert.doesNotMatch((await run(floor, [keys, 'web', '1.10'])).text, /lowered/);
    assert.match((await run(floor, [keys, 'web', '1.9'])).text, /lowered: what 1\.10 closed/);
    assert.equal((await run(floor, [keys, 'web', '1.9'])).exitCode, 4);
  });

  it('a system may be called like something that every object has', async () => {
    const { result } = await run<{ before?: string }>(floor, [keys, 'constructor', '1.0']);
    assert.equal(result.before, undefined);
  });

  for (const name of ['Bad', '../../x', 'targets', 'a']) {
    it(`“${name}” is no channel, and no key is made for it`, () =>
      refused('usage', () => run(channel, [keys, name], { system: [] })));
  }

  it('a channel that is there stays as it is when nothing is said of it', async () => {
    const { exitCode, result } = await run<{ preflight: string }>(channel, [keys, 'candidate'], { system: [] });
    assert.deepEqual([exitCode, result.preflight], [4, 'not-required']);
  });

  it('the systems of a channel are said when it is added, and not passed over later', () =>
    refused('usage', () => run(channel, [keys, 'candidate'], { system: ['web'] })));

  it('a channel with releases is not removed by accident', async () => {
    const passphrase = passphraseFrom('correct horse', () => Promise.resolve(undefined));
    await usingTrust({ directory: keys, passphrase, owner: 'test', now: new Date() }, async (trust) => {
      trust.addRelease('candidate', release('1.0.0'));
      await trust.commit();
    });
    await refused('usage', () => run(channel, [keys, 'candidate'], { remove: true }));
    await refused('usage', () => run(channel, [keys, 'candidate'], { withReleases: true }));
    await refused('usage', () => run(channel, [keys, 'candidate'], { remove: true, preflight: 'required' }));
    await refused('channel-unknown', () => run(channel, [keys, 'nightly'], { remove: true }));
    const { text } = await run(channel, [keys, 'candidate'], { remove: true, withReleases: true });
    assert.match(text, /removed: devices that follow it get no updates/);
    const { result } = await run<TrustReport>(status, [keys]);
    assert.deepEqual(
      result.channels.map((each) => each.channel),
      ['stable'],
    );
    await run(channel, [keys, 'candidate'], { preflight: 'not-required' });
    assert.equal((await run(status, [keys])).exitCode, 0);
  });

  it('a threshold that cannot be reached leaves no key behind', () =>
    refused('usage', () => run(rotate, [keys, 'stable'], { threshold: '3' })));

  it('a passphrase that opens no key leaves none behind that it locks', async () => {
    const passphraseFile = join(scratch, 'wrong');
    writeFileSync(passphraseFile, 'another horse\n');
    await refused('key-locked', () => run(rotate, [keys, 'timestamp'], { passphraseFile }));
    await refused('key-locked', () => run(channel, [keys, 'nightly'], { system: [], passphraseFile }));
  });

  it('options that contradict each other are not half heeded', async () => {
    await refused('usage', () => run(rotate, [keys, 'root'], { add: true, key: ['root-1'] }));
    const file = join(keys, 'online/stable-1.key.json');
    await refused('usage', () => run(rotate, [keys, 'root'], { remove: true, key: ['root-2'], with: [file] }));
  });

  it('a role that is named twice is signed once', async () => {
    const { result } = await run<{ signed: string[] }>(refresh, [keys, ['timestamp', 'timestamp']]);
    assert.deepEqual(result.signed, ['timestamp']);
  });
});

describe('a repository that is not whole', () => {
  it('a timestamp that is damaged or gone is put back from what was seen last', async () => {
    const file = join(repository, 'metadata/timestamp.json');
    for (const damage of [() => writeFileSync(file, '{"signed'), () => rmSync(file)]) {
      await run(status, [keys]);
      damage();
      await assert.rejects(run(refresh, [keys, ['timestamp']]), { hint: /seen\/timestamp\.json/ });
      copyFileSync(join(keys, 'seen/timestamp.json'), file);
      assert.deepEqual((await run<{ signed: string[] }>(refresh, [keys, ['timestamp']])).result.signed, ['timestamp']);
    }
  });

  it('a channel’s file that is gone comes back under its next number', async () => {
    const [file = ''] = readdirSync(join(repository, 'metadata')).filter((name) => name.endsWith('.stable.json'));
    rmSync(join(repository, 'metadata', file));
    const root = readFileSync(join(keys, 'root.json'));
    await assert.rejects(scene.device('stable', root), { code: 'repository-incomplete' });
    await run(refresh, [keys, ['stable']]);
    await scene.device('stable', root);
  });
});

describe('a folder that is not whole', () => {
  it('says that root.json is gone, and where to find it', async () => {
    const file = join(keys, 'root.json');
    const root = readFileSync(file);
    rmSync(file);
    await assert.rejects(run(status, [keys]), { code: 'path-unusable', message: /root\.json/ });
    writeFileSync(file, root);
    const { exitCode } = await run<TrustReport>(status, [keys]);
    assert.equal(exitCode, 0);
  });
});
