/** The whole agent over a modelled disk and a real repository: releases come, are tried, are kept or undone; whatever goes wrong, it boots. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { DeviceSession } from '../../src/agent/daemon/device-session.ts';
import { updateCourse } from '../../src/agent/daemon/update-course.ts';
import { inspectDisk } from '../../src/agent/slots/inspect-disk.ts';
import type { UpdateOutcome, UpdateRequest } from '../../src/agent/socket/agent-api.ts';
import { readPreflightResult } from '../../src/build/publish/preflight-gate.ts';
import { publishReleases } from '../../src/build/publish/publish-releases.ts';
import { NOW, startSampleRepository } from '../../src/build/publish/sample-release.fixture.ts';
import { withdrawRelease } from '../../src/build/publish/withdraw-release.ts';
import type { DeviceState, PhaseKind } from '../../src/engine/device-state.ts';
import { WEEKDAYS } from '../../src/model/weekday.ts';
import { scratchDirectory } from '../../src/store/transport/scratch.fixture.ts';
import { ModelDevice } from './model-device.ts';
import { modelRelease } from './model-machine.ts';
import { type ModelManifest, writeModelRelease } from './write-model-release.ts';

const [V1, V2, V3] = ['1', '2', '3'].map((version) => modelRelease(version, 'web'));
assert.ok(V1 && V2 && V3);
const PHASE_SECONDS = 60;
const DAY = 86_400_000;

interface Scene {
  readonly device: ModelDevice;
  readonly repository: string;
  readonly folder: string;
  /** One more device of the same kind. */
  readonly another: (name: string) => ModelDevice;
  readonly withdraw: (version: string) => Promise<void>;
  readonly publish: (release: typeof V1 & object, different?: ModelManifest) => Promise<void>;
  clock: number;
}

async function scene(t: TestContext): Promise<Scene> {
  const folder = scratchDirectory(t);
  const repository = join(folder, 'repository');
  const publisher = await startSampleRepository(repository);
  const another = (name: string): ModelDevice =>
    new ModelDevice({
      folder: join(folder, name),
      releases: [V1!, V2!, V3!],
      root: publisher.root,
      config: { repositories: [repository] },
      clock: () => made.clock,
    });
  const made: Scene = {
    folder,
    repository,
    clock: NOW.getTime(),
    device: another('device'),
    another,
    async withdraw(version) {
      await withdrawRelease({ ...publisher, name: 'web', version, channel: 'stable' });
    },
    async publish(release, different) {
      const directory = writeModelRelease(join(folder, 'out'), release, different);
      const releases = [{ directory, preflight: readPreflightResult(directory) }];
      await publishReleases({ ...publisher, releases, channel: 'stable' });
    },
  };
  t.after(() => made.device.stop());
  return made;
}

async function ask(session: DeviceSession, request: UpdateRequest): Promise<UpdateOutcome> {
  for await (const line of updateCourse(session, request, AbortSignal.timeout(PHASE_SECONDS * 1000))) {
    if (line.kind === 'end') return line;
  }
  throw new Error('the course ended without an outcome');
}

/** Waits until the device is in the phase. */
async function phase(session: DeviceSession, kind: PhaseKind): Promise<DeviceState> {
  const { promise, resolve, reject } = Promise.withResolvers<DeviceState>();
  const late = setTimeout(
    () => reject(new Error(`${session.conductor.state.phase.kind}, not ${kind}`)),
    PHASE_SECONDS * 1000,
  );
  const look = (state: DeviceState): void => void (state.phase.kind === kind && resolve(state));
  const stop = session.conductor.onEvent((_, state) => look(state));
  look(session.conductor.state);
  try {
    return await promise;
  } finally {
    clearTimeout(late);
    stop();
  }
}

const entriesOf = (device: ModelDevice): string[] =>
  inspectDisk(device.disk)
    .entries.map(({ file }) => file)
    .sort();

/** Installs what the channel has and starts it. */
async function updateAndStart({ device }: Scene): Promise<DeviceSession> {
  const session = await device.start();
  assert.equal((await ask(session, { mode: 'install' })).outcome, 'restarting');
  await device.restarted();
  await device.reboot();
  return device.start();
}

test('a release is installed, tried, and kept; the one before stays as the way back', async (t) => {
  const made = await scene(t);
  const { device, publish } = made;
  await publish(V2);
  const session = await updateAndStart(made);
  const state = await phase(session, 'proven');
  assert.equal(device.running.version, '2');
  assert.equal(state.proven.version, '2');
  assert.equal(state.wayBack?.version, '1');
  assert.deepEqual(entriesOf(device), ['web_1.efi', 'web_2.efi']);
  assert.ok(device.called.includes('systemctl start systemd-bless-boot.service'));
  assert.ok(statSync(device.paths.healthy).isFile());
  assert.deepEqual(readdirSync(device.paths.generations).sort(), ['web_2']);
  const report = await session.report();
  assert.deepEqual(
    report.history.map(({ what }) => what),
    ['proven', 'started', 'armed', 'staged', 'update-began'],
  );
  assert.equal((await ask(session, { mode: 'check' })).outcome, 'nothing-newer');
});

test('a release whose health fails is undone, remembered with its cause, and not tried again', async (t) => {
  const made = await scene(t);
  const { device, publish, folder } = made;
  const timing = { interval: 10, timeout: 1000, successes: 1 };
  await publish(V2, { healthChecks: { ready: { kind: 'file', path: join(folder, 'never'), ...timing } } });
  device.config = { ...device.config, probation: { ...device.config.probation, deadlineSeconds: uptime() + 25 } };
  await updateAndStart(made);
  assert.equal(device.running.version, '2');
  await device.restarted();
  assert.deepEqual(entriesOf(device), ['web_1.efi', 'web_2+0-1.efi']);
  await device.reboot();
  const session = await device.start();
  const state = await phase(session, 'proven');
  assert.equal(device.running.version, '1');
  assert.equal(state.lastFailure?.cause.kind, 'health');
  assert.match(state.lastFailure?.cause.summary ?? '', /“ready”/);
  assert.equal(state.quarantine[0]?.generation.version, '2');
  const kept = JSON.parse(readFileSync(join(device.paths.reports, state.lastFailure?.report ?? ''), 'utf8'));
  assert.match(kept.cause.details.join('\n'), /no such file/);
  const again = await ask(session, { mode: 'install' });
  assert.equal(again.outcome, 'nothing-newer');
  const report = await session.report();
  assert.match(report.considered.find(({ version }) => version === '2')?.words ?? '', /set aside/);
  // A person may let it be tried again.
  rmSync(join(folder, 'out'), { recursive: true });
  assert.equal((await ask(session, { mode: 'install', again: '2' })).outcome, 'restarting');
});

test('rollback by hand takes one restart and no repository', async (t) => {
  const made = await scene(t);
  const { device, publish, repository } = made;
  await publish(V2);
  const session = await updateAndStart(made);
  await phase(session, 'proven');
  rmSync(repository, { recursive: true });
  await session.conductor.send({ kind: 'rollback-asked', reason: 'a test' });
  await device.restarted();
  await device.reboot();
  const state = await phase(await device.start(), 'proven');
  assert.equal(device.running.version, '1');
  assert.match(state.lastFailure?.cause.summary ?? '', /by hand: a test/);
});

test('--download-only holds, --check only looks, and what is held can be started', async (t) => {
  const { device, publish } = await scene(t);
  await publish(V2);
  const session = await device.start();
  const looked = await ask(session, { mode: 'check' });
  assert.deepEqual([looked.outcome, looked.version, session.conductor.state.phase.kind], ['available', '2', 'proven']);
  assert.equal((await ask(session, { mode: 'download' })).outcome, 'staged');
  assert.deepEqual(entriesOf(device), ['web_1.efi']);
  await device.reboot('power-cut');
  assert.equal(device.running.version, '1');
  const next = await device.start();
  assert.equal((await ask(next, { mode: 'now' })).outcome, 'restarting');
  assert.deepEqual(entriesOf(device), ['web_1.efi', 'web_2+3.efi']);
});

test('stopped at any event of an update and started again, it goes on to the same end', async (t) => {
  const made = await scene(t);
  await made.publish(V2);
  let stops = 0;
  for (let at = 1; ; at++) {
    const device = made.another(`stopped-${at}`);
    const session = await device.start();
    const reached = Promise.withResolvers<'stop'>();
    let events = 0;
    session.conductor.onEvent(() => {
      events += 1;
      if (events === at) reached.resolve('stop');
    });
    const end = await Promise.race([reached.promise, device.restarted().then(() => 'restarted'), begin(session)]);
    if (end === 'stop') {
      stops += 1;
      await device.stop();
      const again = await device.start();
      // Only a check that was not journaled is forgotten.
      if (again.conductor.state.phase.kind === 'proven') {
        await again.conductor.send({ kind: 'check-started', by: 'operator' });
      }
      await device.restarted();
    }
    await device.reboot();
    await phase(await device.start(), 'proven');
    assert.equal(device.running.version, '2');
    await device.stop();
    if (end !== 'stop') break;
  }
  assert.ok(stops >= 8, `it was stopped at ${stops} events only`);
  t.diagnostic(`stopped at each of ${stops} events`);
});

/** Asks for an update when nothing is under way; never returns: what comes is told by events. */
async function begin({ conductor }: DeviceSession): Promise<never> {
  if (conductor.state.phase.kind === 'proven') await conductor.send({ kind: 'check-started', by: 'operator' });
  return new Promise(() => {});
}

test('a power cut in the middle of a download: it goes on from what is on the disk', async (t) => {
  const { device, publish } = await scene(t);
  await publish(V2);
  const session = await device.start();
  await session.conductor.send({ kind: 'check-started', by: 'operator' });
  await phase(session, 'downloading');
  await device.reboot('power-cut');
  assert.equal(device.running.version, '1');
  await device.start();
  await device.restarted();
  await device.reboot();
  assert.equal(device.running.version, '2');
});

interface BadLuck {
  readonly what: string;
  readonly outcome: UpdateOutcome['outcome'];
  readonly says: RegExp;
  readonly request?: Partial<UpdateRequest>;
  readonly different?: ModelManifest;
  readonly prepare?: (scene: Scene) => void;
}

/** Each leaves the device on what runs, with the reason in words. */
const BAD_LUCK: readonly BadLuck[] = [
  {
    what: 'the repository is not there',
    outcome: 'failed',
    says: /There is no directory/,
    prepare: ({ repository }) => rmSync(repository, { recursive: true }),
  },
  {
    what: 'the repository is empty',
    outcome: 'failed',
    says: /has no metadata\/timestamp\.json|incomplete/,
    prepare: ({ repository }) => rmSync(join(repository, 'metadata'), { recursive: true }),
  },
  {
    what: 'the metadata have expired',
    outcome: 'failed',
    says: /expired/,
    prepare: (made) => {
      made.clock += 1000 * DAY;
    },
  },
  {
    what: 'the metadata are signed by somebody else',
    outcome: 'failed',
    says: /sign/,
    prepare: ({ repository }) => {
      const path = join(repository, 'metadata/timestamp.json');
      writeFileSync(
        path,
        readFileSync(path, 'utf8').replace(/"sig":\s*"[0-9a-f]{8}/, (found) =>
          found.replace(/[0-9a-f]{8}$/, '00000000'),
        ),
      );
    },
  },
  {
    what: 'the manifest was exchanged',
    outcome: 'failed',
    says: /not the file that the signed metadata name|longer/,
    prepare: ({ repository }) => appendFileSync(fileOf(repository, 'targets', /manifest\.json$/), ' '),
  },
  {
    what: 'the boot image was cut short',
    outcome: 'failed',
    says: /incomplete|ends/,
    prepare: ({ repository, folder }) => {
      const { boot } = JSON.parse(readFileSync(join(folder, 'out/2/manifest.json'), 'utf8'));
      truncateSync(join(repository, 'objects', boot.uki.sha256.slice(0, 2), boot.uki.sha256), 100);
    },
  },
  {
    what: 'a pack is damaged',
    outcome: 'failed',
    says: /is not block|cannot be used/,
    prepare: ({ repository }) => {
      const path = fileOf(repository, 'packs', /\.pack$/);
      writeFileSync(path, Buffer.alloc(statSync(path).size, 1));
    },
  },
  { what: 'another architecture', outcome: 'refused', says: /for arm64/, different: { architecture: 'arm64' } },
  {
    what: 'a slot that is too small',
    outcome: 'refused',
    says: /has no room: .* too few/,
    different: { requirements: { slotBytes: 2 ** 30 } },
  },
  {
    what: 'an ESP that is too small',
    outcome: 'refused',
    says: /EFI system partition has no room/,
    different: { requirements: { espBytes: 2 ** 30 } },
  },
  {
    what: 'a health check of a kind that came later',
    outcome: 'refused',
    says: /cannot judge/,
    different: { healthChecks: { new: { kind: 'telepathy' } } },
  },
  {
    what: 'a medium that is not there',
    outcome: 'failed',
    says: /There is no directory/,
    request: { from: '/nowhere' },
  },
];

function fileOf(repository: string, folder: string, name: RegExp): string {
  const found = readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' }).find((path) =>
    name.test(path),
  );
  return join(repository, folder, found ?? assert.fail(`no ${folder}`));
}

for (const { what, outcome, says, request, different, prepare } of BAD_LUCK) {
  test(`${what}: ${outcome}, said in words, and what runs goes on`, async (t) => {
    const made = await scene(t);
    const { device, publish } = made;
    await publish(V2, different);
    prepare?.(made);
    const session = await device.start();
    const came = await ask(session, { mode: 'install', ...request });
    assert.equal(came.outcome, outcome, came.words);
    assert.match([came.words, ...came.reasons.map(({ message }) => message)].join('\n'), says);
    const report = await session.report();
    assert.match(JSON.stringify(report), says);
    await device.reboot('power-cut');
    assert.equal(device.running.version, '1');
    const state = await phase(
      await device.start(),
      device.running === V1 ? session.conductor.state.phase.kind : 'proven',
    );
    assert.equal(state.running.version, '1');
  });
}

test('expired metadata pass for a reason that is given, and the log has it', async (t) => {
  const made = await scene(t);
  await made.publish(V2);
  made.clock += 1000 * DAY;
  const session = await made.device.start();
  const came = await ask(session, { mode: 'install', allowExpired: 'the vendor is gone' });
  assert.equal(came.outcome, 'restarting');
  assert.ok(made.device.said.some((line) => line.includes('the vendor is gone')));
});

test('a clock at 1970 does not make old metadata fresh, nor keep fresh ones out', async (t) => {
  const made = await scene(t);
  await made.publish(V2);
  const first = await made.device.start();
  assert.equal((await ask(first, { mode: 'check' })).outcome, 'available');
  made.clock = 0;
  const second = await made.device.start();
  assert.ok(second.device.now() >= NOW.getTime());
  assert.equal((await ask(second, { mode: 'check' })).outcome, 'available');
});

test('from a directory by hand, with no repository configured, and nothing nags', async (t) => {
  const made = await scene(t);
  const { device, publish, repository } = made;
  await publish(V2);
  device.config = { ...device.config, repositories: [] };
  const session = await device.start();
  const report = await session.report();
  assert.equal(report.updates, undefined);
  assert.deepEqual([report.warnings, report.waiting], [[], []]);
  assert.equal((await ask(session, { mode: 'install', from: repository })).outcome, 'restarting');
  await device.restarted();
  await device.reboot();
  await phase(await device.start(), 'proven');
  assert.equal(device.running.version, '2');
});

test('what waits for its window and is withdrawn is let go; a person may restart without the window', async (t) => {
  const made = await scene(t);
  const { device, publish } = made;
  await publish(V2);
  const noon = { days: [...WEEKDAYS], start: '12:00', lengthSeconds: 60, timeZone: 'UTC' };
  device.config = { ...device.config, windows: [noon] };
  const session = await device.start();
  const waits = await ask(session, { mode: 'install' });
  assert.equal(waits.outcome, 'armed');
  assert.match(waits.reasons[0]?.message ?? '', /window opens at 2030-01-01T12:00/);
  assert.equal((await ask(session, { mode: 'install' })).outcome, 'armed');
  await made.withdraw('2');
  assert.equal((await ask(session, { mode: 'install' })).outcome, 'nothing-newer');
  assert.deepEqual(entriesOf(device), ['web_1.efi']);
  await publish(V3);
  assert.equal((await ask(session, { mode: 'install' })).outcome, 'armed');
  assert.equal((await ask(session, { mode: 'now' })).outcome, 'restarting');
});

test('a pin keeps what is newer away', async (t) => {
  const made = await scene(t);
  await made.publish(V2);
  const session = await made.device.start();
  await session.conductor.send({ kind: 'pinned', version: '1', reason: 'a fair' });
  assert.equal((await ask(session, { mode: 'install' })).outcome, 'nothing-newer');
  await session.conductor.send({ kind: 'unpinned' });
  assert.equal((await ask(session, { mode: 'install' })).outcome, 'restarting');
});

test('a journal that was lost proves nothing: what is counted is on probation again', async (t) => {
  const made = await scene(t);
  await made.publish(V2);
  const { device } = made;
  const session = await device.start();
  assert.equal((await ask(session, { mode: 'install' })).outcome, 'restarting');
  await device.reboot();
  rmSync(device.paths.journal);
  rmSync(device.paths.generations, { recursive: true });
  mkdirSync(device.paths.generations);
  await phase(await device.start(), 'proven');
  assert.deepEqual(entriesOf(device), ['web_1.efi', 'web_2.efi']);
});
