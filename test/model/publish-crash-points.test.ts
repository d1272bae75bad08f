import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { collectGarbage } from '../../src/build/publish/collect-garbage.ts';
import { addFilesOf } from '../../src/build/publish/needed-files.ts';
import { promoteRelease } from '../../src/build/publish/promote-release.ts';
import { type Publisher, publishReleases, withTrust } from '../../src/build/publish/publish-releases.ts';
import { NOW, startSampleTrust, writeSampleRelease } from '../../src/build/publish/sample-release.fixture.ts';
import { sha256 } from '../../src/model/digest.ts';
import {
  LEASE_MILLISECONDS,
  type LeaseHolder,
  thisProcess,
} from '../../src/store/transport/directory/directory-lease.ts';
import { directoryReader } from '../../src/store/transport/directory/directory-reader.ts';
import { directoryWriter } from '../../src/store/transport/directory/directory-writer.ts';
import { refreshTrust } from '../../src/trust/client/refresh-trust.ts';
import { memoryTrustStore, type TrustStore } from '../../src/trust/client/trust-store.ts';
import { type CrashImage, ModelDirectory } from './model-directory.ts';
import { THOROUGHNESS } from './thoroughness.ts';

/** A publisher that is killed (the power stays on) at every so many steps is followed by another, whose power then fails. */
const KILL_EACH = { all: 1, sampled: 12 }[THOROUGHNESS];

let scratch: string;
before(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ashlar-crash-'));
});
after(() => rmSync(scratch, { recursive: true }));

/** What somebody does to a repository. */
interface Scenario {
  readonly name: string;
  /** Done before, all of it on the disk. */
  readonly prepare: (publisher: Publisher) => Promise<void>;
  readonly run: (publisher: Publisher) => Promise<void>;
}

const BLOCKS = ['a', 'b', 'c', 'd'];

/** Directories of releases by version: each is published many times. */
const written = new Map<string, string>();

async function publish(publisher: Publisher, version: string, blocks: readonly (string | number)[]): Promise<void> {
  const directory = written.get(version) ?? writeSampleRelease(scratch, version, blocks).directory;
  written.set(version, directory);
  await publishReleases({ ...publisher, channel: 'candidate', releases: [{ directory, preflight: { kind: 'none' } }] });
}

const promote = (publisher: Publisher): Promise<unknown> =>
  promoteRelease({ ...publisher, name: 'web', version: '1.0.0', from: 'candidate', to: 'stable' });

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'the first release is published',
    prepare: async () => {},
    run: (publisher) => publish(publisher, '1.0.0', BLOCKS),
  },
  {
    name: 'another release is published',
    prepare: (publisher) => publish(publisher, '1.0.0', BLOCKS),
    run: (publisher) => publish(publisher, '1.1.0', [...BLOCKS, 'new', 0, 'newer']),
  },
  {
    name: 'a release is promoted',
    prepare: (publisher) => publish(publisher, '1.0.0', BLOCKS),
    run: async (publisher) => void (await promote(publisher)),
  },
  {
    name: 'what is not needed is removed',
    async prepare(publisher) {
      await publish(publisher, '1.0.0', BLOCKS);
      await publish(publisher, '1.1.0', [...BLOCKS, 'new']);
      await promote(publisher);
      await withTrust(publisher, 'test', async (trust) => {
        trust.removeRelease('candidate', 'web', '1.1.0');
        await trust.commit();
      });
    },
    // A grace of less than nothing: everything in the model was written in 1970.
    run: async (publisher) => void (await collectGarbage({ ...publisher, graceHours: 0, apply: true })),
  },
];

/** A publisher in a run of the machine of its own: nobody can see whether it still lives. */
function holder(boot: string): LeaseHolder {
  return { ...thisProcess(), boot };
}

function publisherOn(model: ModelDirectory, publisher: Publisher, boot: string): Publisher {
  // Longer than any lease lasts has passed.
  model.now += 2 * LEASE_MILLISECONDS;
  return { ...publisher, repository: directoryWriter(model, holder(boot)) };
}

/** A client's view: versions by channel. Fails when the metadata does not verify, or a file of what it names is not whole. */
async function view(image: CrashImage, publisher: Publisher, seen: TrustStore): Promise<string> {
  const reader = directoryReader(ModelDirectory.holding(image.files));
  const channels: string[] = [];
  for (const channel of ['candidate', 'stable']) {
    const { releases } = await refreshTrust({
      store: copyOf(seen),
      source: reader,
      builtInRoot: publisher.root,
      channel,
      now: NOW,
    });
    for (const { name, version, manifest, custom } of releases) {
      const files = new Set<string>();
      const release = { name, version, manifest, attestation: custom.attestation, by: channel };
      assert.equal(await addFilesOf(reader, release, files), undefined);
      for (const path of files) assertWhole(image, path);
    }
    channels.push(`${channel}: ${releases.map(({ version }) => version).join(' ')}`);
  }
  return channels.join('; ');
}

/** Files are named by what they hold. The root image is no file of the repository: its blocks are. */
function assertWhole(image: CrashImage, path: string): void {
  const content = image.files.get(path);
  const named = /([0-9a-f]{64})(\.pack|\.manifest\.json)?$/.exec(path)?.[1];
  if (named === undefined) assert.ok(content !== undefined, `${path} is missing`);
  else if (content !== undefined) assert.equal(sha256(content), named, `${path} is torn`);
  else assert.ok(path.startsWith('objects/') && IMAGES.has(named), `${path} is missing`);
}

const IMAGES = new Set<string>();

/** What a client has kept that has seen the repository in this state. */
async function seenBy(image: CrashImage, publisher: Publisher): Promise<TrustStore> {
  const store = recordingStore();
  for (const channel of ['candidate', 'stable']) {
    const source = directoryReader(ModelDirectory.holding(image.files));
    await refreshTrust({ store, source, builtInRoot: publisher.root, channel, now: NOW });
  }
  return store;
}

const FILES = new WeakMap<TrustStore, Map<string, Buffer>>();

function recordingStore(files = new Map<string, Buffer>()): TrustStore {
  const store: TrustStore = {
    read: (file) => files.get(file),
    write: (file, bytes) => void files.set(file, Buffer.from(bytes)),
    remove: (file) => void files.delete(file),
  };
  FILES.set(store, files);
  return store;
}

function copyOf(store: TrustStore): TrustStore {
  const files = FILES.get(store);
  return files === undefined ? memoryTrustStore() : recordingStore(new Map(files));
}

for (const scenario of SCENARIOS) {
  test(`${scenario.name}: cut anywhere, readers see the old state or the new one`, async (t) => {
    const start = new ModelDirectory();
    const origin = await startSampleTrust(directoryWriter(start, holder('first')));
    await scenario.prepare(publisherOn(start, origin, 'prepare'));
    const old = start.present();
    for (const [path, content] of old.files) noteImages(path, content);
    const seen = await seenBy(old, origin);
    const oldView = await view(old, origin, seen);

    /** Runs the scenario on `model`, looking at all that a power cut could leave after each step. */
    const judged = new Map<string, string>();
    let states = 0;
    const judge = async (image: CrashImage): Promise<string> => {
      states += 1;
      const known = judged.get(image.key);
      if (known !== undefined) return known;
      const seenNow = await view(image, origin, seen);
      judged.set(image.key, seenNow);
      return seenNow;
    };

    // The whole run once, to have its steps and what it leads to.
    const images: CrashImage[][] = [];
    const first = ModelDirectory.holding(old.files);
    first.onStep = () => images.push([...first.crashImages()]);
    await scenario.run(publisherOn(first, origin, 'second'));
    for (const [path, content] of first.present().files) noteImages(path, content);
    const newView = await view(first.present(), origin, seen);

    const outcomes = { old: 0, new: 0 };
    const distinct: CrashImage[] = [];
    for (const image of images.flat()) {
      if (!judged.has(image.key)) distinct.push(image);
      const outcome = await judge(image);
      assert.ok(outcome === oldView || outcome === newView, `neither old nor new: ${outcome}`);
      outcomes[outcome === newView ? 'new' : 'old'] += 1;
    }
    for (const image of first.crashImages()) assert.equal(await judge(image), newView, 'what was done stays done');

    // After a power cut the next publisher comes to the same end.
    let recovered = 0;
    for (const image of distinct) {
      const model = ModelDirectory.holding(image.files);
      await scenario.run(publisherOn(model, origin, 'third'));
      for (const last of model.crashImages()) assert.equal(await view(last, origin, seen), newView);
      recovered += 1;
    }

    // After a kill nothing is lost, and nothing is synced: the next publisher must not build on what the disk does not have.
    let killed = 0;
    for (let step = 0; step < images.length; step += KILL_EACH) {
      const model = await killedAt(step, old, (each) => scenario.run(publisherOn(each, origin, 'second')));
      const later: CrashImage[] = [];
      model.onStep = () => later.push(...model.crashImages());
      await scenario.run(publisherOn(model, origin, 'third'));
      for (const image of later) {
        const outcome = await judge(image);
        assert.ok(outcome === oldView || outcome === newView, `killed at step ${step}, then cut: ${outcome}`);
      }
      for (const last of model.crashImages()) assert.equal(await judge(last), newView, `killed at step ${step}`);
      killed += 1;
    }
    t.diagnostic(
      `${images.length} steps, ${states} crash states (${THOROUGHNESS}, ${judged.size} distinct): ${outcomes.old} old, ${outcomes.new} new; ` +
        `${recovered} gone on from after a power cut, ${killed} after a kill`,
    );
    assert.ok(outcomes.new > 0 && (outcomes.old > 0 || oldView === newView));
  });
}

for (const ignores of ['sync of files', 'sync of directories'] as const) {
  test(`a disk that ignores the ${ignores} is found out`, async () => {
    const start = new ModelDirectory();
    const origin = await startSampleTrust(directoryWriter(start, holder('first')));
    const old = start.present();
    const seen = await seenBy(old, origin);
    const oldView = await view(old, origin, seen);
    const model = ModelDirectory.holding(old.files);
    model.ignores = ignores;
    await publish(publisherOn(model, origin, 'second'), '1.0.0', BLOCKS);
    for (const [path, content] of model.present().files) noteImages(path, content);
    const newView = await view(model.present(), origin, seen);
    const judgeAll = async (): Promise<void> => {
      for (const image of model.crashImages()) {
        const outcome = await view(image, origin, seen);
        assert.ok(outcome === oldView || outcome === newView);
      }
    };
    await assert.rejects(judgeAll());
  });
}

/** The model as a process leaves it that is killed right after its step number `step`. */
async function killedAt(
  step: number,
  from: CrashImage,
  run: (model: ModelDirectory) => Promise<void>,
): Promise<ModelDirectory> {
  const model = ModelDirectory.holding(from.files);
  const death = new Error('killed');
  let steps = 0;
  let dead = false;
  const die = (): void => {
    if (dead) throw death;
    if (steps++ === step) {
      dead = true;
      throw death;
    }
  };
  model.onStep = die;
  model.isDead = () => dead;
  await assert.rejects(run(model), death);
  model.onStep = () => {};
  model.isDead = () => false;
  return model;
}

/** The root image of a release is an object that only its manifest names. */
function noteImages(path: string, content: Buffer): void {
  if (!path.startsWith('targets/')) return;
  IMAGES.add((JSON.parse(content.toString()) as { root: { image: { sha256: string } } }).root.image.sha256);
}
