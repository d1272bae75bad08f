import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TrustReport } from '../trust/metadata/trust-report.ts';
import apply from './trust-apply.ts';
import channel from './trust-channel.ts';
import floor from './trust-floor.ts';
import key from './trust-key.ts';
import refresh from './trust-refresh.ts';
import rotate from './trust-rotate.ts';
import sign from './trust-sign.ts';
import status from './trust-status.ts';
import { trustScene } from './trust-verbs.fixture.ts';

const scene = trustScene();
const { scratch, keys, repository, run, device } = scene;
after(scene.remove);

/** Where the offline keys are once the machine that publishes no longer has them. */
const safe = join(scratch, 'safe');
const [alice, bob] = [join(scratch, 'alice'), join(scratch, 'bob')];
const change = join(scratch, 'change.json');
let first: Buffer;

interface Signed {
  readonly changes: string[];
  readonly added: number;
  readonly missing: { file: string; missing: number; by: string[] }[];
}

const signWith = (folder: string, file = change, root = join(folder, 'root.json')) =>
  run<Signed>(sign, [file], { root, keys: [folder] });

const served = (): string[] => readdirSync(join(repository, 'metadata')).sort();

before(async () => {
  await scene.init();
  first = readFileSync(join(keys, 'root.json'));
  for (const [folder, label] of [
    [alice, 'alice'],
    [bob, 'bob'],
  ] as const) {
    await run(key, [folder, label]);
    writeFileSync(join(folder, 'root.json'), first);
  }
  renameSync(join(keys, 'offline'), safe);
  writeFileSync(join(safe, 'root.json'), first);
});

describe('root in the hands of two people', () => {
  it('is prepared where nobody has the keys, signed one after the other, and published', async () => {
    const given = [join(alice, 'alice.key.json'), join(bob, 'bob.key.json')].map((file) => {
      const copy = join(scratch, `given-${file.split('/').at(-1)}`);
      copyFileSync(file, copy);
      return copy;
    });
    const before = served();
    const prepared = await run<{ prepared: string }>(rotate, [keys, 'root'], {
      with: given,
      threshold: '2',
      prepare: change,
    });
    assert.equal(prepared.result.prepared, change);
    assert.match(prepared.text, /ashlar trust sign .*change\.json/);
    assert.deepEqual(served(), before, 'nothing is published');

    const owner = await signWith(safe);
    // The old root asks for one of its two keys; both sign.
    assert.equal(owner.result.added, 2);
    assert.deepEqual(
      owner.result.missing.map(({ file, missing, by }) => [file, missing, by.length]),
      [['2.root.json', 2, 2]],
    );
    assert.ok(owner.result.changes.includes('root: roles.root.threshold: 1 → 2'), owner.result.changes.join('\n'));
    assert.equal((await signWith(alice)).result.added, 1);
    assert.equal((await signWith(alice)).exitCode, 4, 'nobody signs twice');
    await assert.rejects(run(apply, [keys, change]), {
      code: 'signers-insufficient',
      message: /2\.root\.json needs 1 more/,
    });
    assert.deepEqual(served(), before);

    const last = await signWith(bob);
    assert.deepEqual(last.result.missing, []);
    const { result } = await run<{ signed: string[] }>(apply, [keys, change]);
    assert.deepEqual(result.signed, ['root']);
    assert.equal((await device('stable', first)).versions['root'], 2);
    assert.equal((await run(apply, [keys, change])).exitCode, 4, 'published once');
  });

  it('each of them alone can do nothing', async () => {
    await assert.rejects(run(rotate, [keys, 'root'], { keys: [alice] }), { code: 'signers-insufficient' });
    const { result } = await run<TrustReport>(status, [keys], { keys: [alice] });
    assert.equal(result.roles.find(({ role }) => role === 'root')?.canSign, false);
  });

  it('a key whose private half is elsewhere has a name, and signs nothing', async () => {
    const known = join(scratch, 'known');
    mkdirSync(known);
    for (const folder of [alice, bob]) {
      for (const name of readdirSync(folder).filter((each) => each.endsWith('.key.json')))
        copyFileSync(join(folder, name), join(known, name));
    }
    const { result } = await run<TrustReport>(status, [keys], { keys: [known] });
    const root = result.roles.find(({ role }) => role === 'root');
    assert.deepEqual([root?.keys.map(({ label }) => label), root?.canSign], [['alice', 'bob'], false]);
    await assert.rejects(run(refresh, [keys, ['root']], { keys: [known] }), { code: 'signers-insufficient' });
  });
});

describe('targets in a safe', () => {
  it('a floor, a channel and its removal go to the safe and back', async () => {
    await run(floor, [keys, 'web', '1.4.0'], { prepare: change });
    const { result } = await signWith(safe);
    assert.ok(result.changes.includes('targets: ashlar.floors.web: new: "1.4.0"'), result.changes.join('\n'));
    await run(apply, [keys, change]);
    assert.equal((await device('stable', first)).floor('web'), '1.4.0');

    await run(channel, [keys, 'nightly'], { preflight: 'not-required', prepare: change });
    assert.ok(existsSync(join(keys, 'online/nightly-1.pem')));
    await signWith(safe);
    await run(apply, [keys, change]);
    assert.deepEqual((await device('nightly', first)).releases, []);

    await run(channel, [keys, 'nightly'], { remove: true, prepare: change });
    await signWith(safe);
    const { result: applied } = await run<{ signed: string[] }>(apply, [keys, change]);
    assert.deepEqual(applied.signed, ['targets', 'snapshot', 'timestamp']);
    await assert.rejects(device('nightly', first), { code: 'channel-unknown' });
  });

  it('root and targets are signed anew once a year', async () => {
    await run(refresh, [keys, ['root', 'targets']], { prepare: change });
    await signWith(safe);
    await signWith(alice);
    await signWith(bob);
    const { result } = await run<{ signed: string[] }>(apply, [keys, change]);
    assert.deepEqual(result.signed, ['targets', 'snapshot', 'timestamp', 'root']);
    assert.equal((await device('stable', first)).versions['root'], 3);
  });

  it('a new key of targets is let in by root, and signs the same file', async () => {
    await run(rotate, [keys, 'targets'], { prepare: change });
    // The new key was made here: it has signed already. The old one signs too, so that nobody notices the change.
    for (const folder of [safe, alice, bob]) await signWith(folder);
    await run(apply, [keys, change]);
    assert.equal((await device('stable', first)).versions['root'], 4);
  });

  it('what only online keys sign needs no ceremony', () =>
    assert.rejects(run(refresh, [keys, ['timestamp']], { prepare: change }), { code: 'usage' }));
});

describe('what can go wrong on the way', () => {
  const read = (): Record<string, unknown> & { proposed: { targets: { signed: Record<string, object> } } } =>
    JSON.parse(readFileSync(change, 'utf8'));

  it('something else was published meanwhile', async () => {
    const other = join(scratch, 'other.json');
    await run(floor, [keys, 'web', '1.5.0'], { prepare: change });
    await run(floor, [keys, 'web', '1.6.0'], { prepare: other });
    // The new key of targets lies on this machine: the file is complete.
    await run(apply, [keys, other]);
    await assert.rejects(run(apply, [keys, change]), { code: 'proposal-outdated' });
    assert.equal((await device('stable', first)).floor('web'), '1.6.0');
  });

  it('what was changed on the way has lost its signatures', async () => {
    await run(floor, [keys, 'web', '1.7.0'], { prepare: change });
    const data = read();
    data.proposed.targets.signed['ashlar'] = { floors: {}, channels: {} };
    writeFileSync(change, JSON.stringify(data));
    await assert.rejects(run(apply, [keys, change]), { code: 'signers-insufficient' });
  });

  it('a published state that is made up is seen through, whatever the file says', async () => {
    await run(floor, [keys, 'web', '1.8.0'], { prepare: change });
    const made = read();
    writeFileSync(change, JSON.stringify({ ...made, roots: [(made['roots'] as object[])[0]] }));
    const trusted = join(scratch, 'trusted.json');
    copyFileSync(join(keys, 'root.json'), trusted);
    await assert.rejects(run(sign, [change], { root: trusted, show: true }), { code: 'proposal-invalid' });
    const forged = structuredClone(made) as unknown as { targets: { signed: Record<string, unknown> } };
    forged.targets.signed['ashlar'] = { floors: { web: '1.8.0' }, channels: {} };
    writeFileSync(change, JSON.stringify(forged));
    await assert.rejects(run(sign, [change], { root: trusted, show: true }), { code: 'metadata-unsigned' });
  });

  it('a policy that nobody could read is not signed', async () => {
    await run(floor, [keys, 'web', '1.9.0'], { prepare: change });
    const data = read();
    data.proposed.targets.signed['ashlar'] = { floors: { ['x'.repeat(40)]: '1' }, channels: {} };
    writeFileSync(change, JSON.stringify(data));
    await assert.rejects(run(sign, [change], { root: join(keys, 'root.json'), show: true }), {
      code: 'metadata-invalid',
    });
    await assert.rejects(run(apply, [keys, change]), { code: 'metadata-invalid' });
  });

  it('files that are none, and keys that are of no use', async () => {
    for (const text of ['', '{}', '[1]', 'x'.repeat(100)]) {
      writeFileSync(change, text);
      await assert.rejects(run(sign, [change], { root: join(keys, 'root.json'), show: true }), {
        code: 'proposal-invalid',
      });
    }
    await run(floor, [keys, 'web', '2.0.0'], { prepare: change });
    await assert.rejects(signWith(alice), { code: 'signers-insufficient' });
    await assert.rejects(run(sign, [change], { root: join(keys, 'root.json') }), { code: 'usage' });
    const missing = join(scratch, 'none.json');
    await assert.rejects(run(apply, [keys, missing]), { code: 'path-unusable' });
  });
});
