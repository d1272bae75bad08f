/** Bad input and bad luck: each has its code, its words in `status`, and leaves the device on a generation that starts. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import type { Device } from '../../src/agent/device/device.ts';
import { scratchBytes, scratchOf } from '../../src/agent/effects/scratch.ts';
import { FAILURE_VARIABLE } from '../../src/agent/evidence/initrd-failure.ts';
import type { UpdateOutcome, UpdateRequest } from '../../src/agent/socket/agent-api.ts';
import { AshlarError } from '../../src/model/error.ts';
import type { RepositoryReader } from '../../src/store/transport/repository-reader.ts';
import { ask, DAY, entriesOf, phase, type Scene, scene, updateAndStart, V2, V3 } from './agent-scene.ts';
import { modelRelease } from './model-machine.ts';
import type { ModelManifest } from './write-model-release.ts';

interface BadLuck {
  readonly what: string;
  readonly outcome: UpdateOutcome['outcome'];
  /** Of the reason, as `status --json` has it. */
  readonly code: string;
  readonly says: RegExp;
  readonly request?: Partial<UpdateRequest>;
  readonly different?: ModelManifest;
  readonly prepare?: (scene: Scene) => void;
  /** What is different about the device that the agent finds. */
  readonly found?: (device: Device) => Device;
}

/** Each leaves the device on what runs, with the reason in words. */
const BAD_LUCK: readonly BadLuck[] = [
  {
    what: 'the repository is not there',
    outcome: 'failed',
    code: 'repository-unreachable',
    says: /There is no directory/,
    prepare: ({ repository }) => rmSync(repository, { recursive: true }),
  },
  {
    what: 'the repository is empty',
    outcome: 'failed',
    code: 'repository-incomplete',
    says: /has no metadata\/timestamp\.json|incomplete/,
    prepare: ({ repository }) => rmSync(join(repository, 'metadata'), { recursive: true }),
  },
  {
    what: 'the metadata have expired',
    outcome: 'failed',
    code: 'metadata-expired',
    says: /expired/,
    prepare: (made) => {
      made.clock += 1000 * DAY;
    },
  },
  {
    what: 'the metadata are signed by somebody else',
    outcome: 'failed',
    code: 'metadata-unsigned',
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
    code: 'repository-file-too-long',
    says: /not the file that the signed metadata name|longer/,
    prepare: ({ repository }) => appendFileSync(fileOf(repository, 'targets', /manifest\.json$/), ' '),
  },
  {
    what: 'the boot image was cut short',
    outcome: 'failed',
    code: 'repository-incomplete',
    says: /incomplete|ends/,
    prepare: ({ repository, folder }) => {
      const { boot } = JSON.parse(readFileSync(join(folder, 'out/2/manifest.json'), 'utf8'));
      truncateSync(join(repository, 'objects', boot.uki.sha256.slice(0, 2), boot.uki.sha256), 100);
    },
  },
  {
    what: 'a pack is damaged',
    outcome: 'failed',
    code: 'repository-corrupt',
    says: /is not block|cannot be used/,
    prepare: ({ repository }) => {
      const path = fileOf(repository, 'packs', /\.pack$/);
      writeFileSync(path, Buffer.alloc(statSync(path).size, 1));
    },
  },
  {
    what: 'another architecture',
    outcome: 'refused',
    code: 'other-architecture',
    says: /for arm64/,
    different: { architecture: 'arm64' },
  },
  {
    what: 'a slot that is too small',
    outcome: 'refused',
    code: 'slot-too-small',
    says: /has no room: .* too few/,
    different: { requirements: { slotBytes: 2 ** 30 } },
  },
  {
    what: 'an ESP that is too small',
    outcome: 'refused',
    code: 'esp-full',
    says: /EFI system partition has no room/,
    different: { requirements: { espBytes: 2 ** 30 } },
  },
  {
    what: 'a health check of a kind that came later',
    outcome: 'refused',
    code: 'manifest-invalid',
    says: /cannot judge/,
    different: { healthChecks: { new: { kind: 'telepathy' } } },
  },
  {
    what: 'a medium that is not there',
    outcome: 'failed',
    code: 'repository-unreachable',
    says: /There is no directory/,
    request: { from: '/nowhere' },
  },
  {
    what: 'a pack was cut short',
    outcome: 'failed',
    code: 'repository-incomplete',
    says: /ends at 100/,
    prepare: ({ repository }) => truncateSync(fileOf(repository, 'packs', /\.pack$/), 100),
  },
  {
    what: 'an ESP that is read-only',
    outcome: 'refused',
    code: 'esp-read-only',
    says: /cannot be written/,
    found: (device) => withEsp(device, { writable: () => false }),
  },
  {
    what: 'an ESP that fills up meanwhile',
    outcome: 'failed',
    code: 'esp-too-small',
    says: /does not fit/,
    found: (device) => withEsp(device, { free: () => 4096 }),
  },
  {
    what: 'a disk that is full',
    outcome: 'failed',
    code: 'disk-full',
    says: /ENOSPC/,
    found: (device) => ({
      ...device,
      progress: (now) => {
        if (now?.activity === 'writing the system')
          throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      },
    }),
  },
];

function fileOf(repository: string, folder: string, name: RegExp): string {
  const found = readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' }).find((path) =>
    name.test(path),
  );
  return join(repository, folder, found ?? assert.fail(`no ${folder}`));
}

type Esp = Parameters<Parameters<Device['withDisk']>[0]>[0]['esp'];

/** The device with an ESP that answers otherwise. */
function withEsp(device: Device, otherwise: Partial<Esp>): Device {
  return {
    ...device,
    withDisk: (use) => device.withDisk((disk) => use({ ...disk, esp: differently(disk.esp, otherwise) })),
  };
}

function differently(esp: Esp, otherwise: Partial<Esp>): Esp {
  return new Proxy(esp, {
    get(target, name) {
      const value: unknown = Reflect.get(otherwise, name) ?? Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

for (const { what, outcome, code, says, request, different, prepare, found } of BAD_LUCK) {
  test(`${what}: ${code}, said in words, and what runs goes on`, async (t) => {
    const made = await scene(t);
    const { device, publish } = made;
    await publish(V2, different);
    prepare?.(made);
    const session = await device.start(found);
    const came = await ask(session, { mode: 'install', ...request });
    assert.equal(came.outcome, outcome, came.words);
    assert.match([came.words, ...came.reasons.map(({ message }) => message)].join('\n'), says);
    assert.ok(
      came.reasons.some((reason) => reason.code === code),
      JSON.stringify(came.reasons),
    );
    const report = await session.report();
    const told = [report.updates?.problem, ...report.waiting];
    assert.ok(
      told.some((reason) => reason?.code === code && says.test(reason.message)),
      JSON.stringify(told),
    );
    await device.reboot('power-cut');
    assert.equal(device.running.version, '1');
    const again = await device.start();
    assert.equal(again.conductor.state.running.version, '1');
    assert.equal(again.conductor.state.proven.version, '1');
  });
}

test('a release of another system, and one behind a barrier, are not for this device, and status says so', async (t) => {
  const { device, publish } = await scene(t);
  await publish(modelRelease('9', 'other'));
  await publish(V2, { requirements: { slotBytes: 2 ** 30 } }, { barrier: true });
  await publish(V3);
  const session = await device.start();
  const came = await ask(session, { mode: 'install' });
  // The barrier comes first, and does not fit: it is not gone around.
  assert.deepEqual([came.outcome, came.version, came.reasons[0]?.code], ['refused', '2', 'slot-too-small']);
  const { considered } = await session.report();
  assert.deepEqual(considered.map(({ version, verdict }) => [version, verdict]).sort(), [
    ['2', 'chosen'],
    ['3', 'behind-barrier'],
    ['9', 'other-system'],
  ]);
});

test('a server that answers with garbage or not at all is told of, and asked again', async (t) => {
  const { device, publish } = await scene(t);
  await publish(V2);
  const server = createServer((_, answer) => answer.end('<html>Log in to the network of this hotel</html>'));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const { repositories } = device.config;
  device.config = { ...device.config, repositories: [`http://127.0.0.1:${port}/`] };
  const session = await device.start();
  const came = await ask(session, { mode: 'install' });
  assert.deepEqual([came.outcome, came.reasons[0]?.code], ['failed', 'metadata-invalid']);
  const { updates, next } = await session.report();
  assert.equal(updates?.problem?.code, 'metadata-invalid');
  assert.match(next, /the repository is asked at .* after 1 check that failed/);
  device.config = { ...device.config, repositories };
  assert.equal((await ask(await device.start(), { mode: 'install' })).outcome, 'restarting');
});

test('a stick that is damaged is in nobody’s way when the network is there again', async (t) => {
  const { device, publish, repository, folder } = await scene(t);
  await publish(V2);
  const stick = join(folder, 'stick');
  cpSync(repository, stick, { recursive: true });
  const pack = fileOf(stick, 'packs', /\.pack$/);
  writeFileSync(pack, Buffer.alloc(statSync(pack).size, 1));
  const session = await device.start();
  assert.equal((await ask(session, { mode: 'install', from: stick })).reasons[0]?.code, 'repository-corrupt');
  await session.conductor.send({ kind: 'pinned', version: '1' });
  await session.conductor.send({ kind: 'unpinned' });
  writeFileSync(device.paths.medium, stick);
  assert.equal((await ask(session, { mode: 'install' })).outcome, 'restarting');
});

test('to look at a stick remembers nothing of it', async (t) => {
  const { device, publish, repository } = await scene(t);
  await publish(V2);
  const session = await device.start();
  assert.equal((await ask(session, { mode: 'check', from: repository })).outcome, 'available');
  assert.equal(existsSync(device.paths.medium), false);
});

test('a stick that is named while the network is being asked is asked next', async (t) => {
  const { device, publish, repository } = await scene(t);
  await publish(V2);
  device.config = { ...device.config, repositories: ['far away'] };
  const timeout = Promise.withResolvers<never>();
  const silent: RepositoryReader = {
    describe: () => 'far away',
    read: () => timeout.promise,
    async *readRanges() {
      yield await timeout.promise;
    },
  };
  const session = await device.start((found) => ({
    ...found,
    openSource: (place) => (place === 'far away' ? silent : found.openSource(place)),
  }));
  await session.conductor.send({ kind: 'check-started', by: 'schedule' });
  const came = ask(session, { mode: 'install', from: repository });
  timeout.reject(new AshlarError('repository-unreachable', 'It does not answer.', { hint: 'Wait.' }));
  assert.equal((await came).outcome, 'restarting');
});

test('metadata that go back to an earlier state are refused', async (t) => {
  const { device, publish, repository, folder } = await scene(t);
  await publish(V2);
  const earlier = join(folder, 'earlier');
  cpSync(join(repository, 'metadata'), earlier, { recursive: true });
  await publish(V3);
  const session = await device.start();
  assert.equal((await ask(session, { mode: 'check' })).version, '3');
  cpSync(join(earlier, 'timestamp.json'), join(repository, 'metadata/timestamp.json'));
  const came = await ask(session, { mode: 'install' });
  assert.deepEqual([came.outcome, came.reasons[0]?.code], ['failed', 'metadata-rollback']);
  assert.equal((await session.report()).updates?.problem?.code, 'metadata-rollback');
});

test('what was begun of releases that were given up makes room for the next', async (t) => {
  const { device, publish } = await scene(t);
  await publish(V2);
  const session = await device.start();
  const left = join(device.paths.scratch, 'ab'.repeat(32));
  mkdirSync(left, { recursive: true });
  writeFileSync(join(left, 'boot.efi.part'), Buffer.alloc(1 << 20));
  assert.ok(scratchBytes(device.paths) >= 1 << 20, 'it counts as room');
  assert.equal((await ask(session, { mode: 'install' })).outcome, 'restarting');
  assert.equal(existsSync(left), false);
});

test('a boot image that went bad on /var is fetched again', async (t) => {
  const { device, publish } = await scene(t);
  await publish(V2);
  const session = await device.start();
  assert.equal((await ask(session, { mode: 'download' })).outcome, 'staged');
  const kept = scratchOf(device.paths, V2).bootImage;
  writeFileSync(kept, Buffer.alloc(statSync(kept).size, 1));
  const came = await ask(session, { mode: 'install' });
  assert.deepEqual([came.outcome, came.reasons[0]?.code], ['failed', 'slot-not-verified']);
  await session.conductor.send({ kind: 'retry-due' });
  await device.restarted();
  assert.deepEqual(entriesOf(device), ['web_1.efi', 'web_2+3.efi']);
});

test('firmware that does not give up its variables keeps nothing from its course', async (t) => {
  const made = await scene(t);
  const { device, publish } = made;
  await publish(V2);
  await phase(await updateAndStart(made), 'proven');
  const session = await device.start();
  await session.conductor.send({ kind: 'rollback-asked' });
  await device.restarted();
  await device.reboot();
  // A folder cannot be removed as a file is, as little as a variable that is guarded.
  mkdirSync(join(device.paths.efiVariables, FAILURE_VARIABLE), { recursive: true });
  const state = await phase(await device.start(), 'proven');
  assert.equal(state.running.version, '1');
  assert.ok(state.lastFailure?.report !== undefined);
  assert.ok(device.said.some((line) => line.includes('not cleared')));
});
