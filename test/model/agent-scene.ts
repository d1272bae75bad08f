/** A repository with an owner, and devices around the real agent that follow it: what tests of whole updates play with. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { DeviceSession } from '../../src/agent/daemon/device-session.ts';
import { updateCourse } from '../../src/agent/daemon/update-course.ts';
import { inspectDisk } from '../../src/agent/slots/inspect-disk.ts';
import type { UpdateOutcome, UpdateRequest } from '../../src/agent/socket/agent-api.ts';
import { readPreflightResult } from '../../src/build/publish/preflight-gate.ts';
import { publishReleases } from '../../src/build/publish/publish-releases.ts';
import { NOW, startSampleRepository } from '../../src/build/publish/sample-release.fixture.ts';
import { withdrawRelease } from '../../src/build/publish/withdraw-release.ts';
import type { DeviceState, PhaseKind } from '../../src/engine/device-state.ts';
import { scratchDirectory } from '../../src/store/transport/scratch.fixture.ts';
import { ModelDevice } from './model-device.ts';
import { type ModelRelease, modelRelease } from './model-machine.ts';
import { type ModelManifest, writeModelRelease } from './write-model-release.ts';

/** Releases of the system `web`; a device is installed with the first. */
export const V1 = modelRelease('1', 'web');
export const V2 = modelRelease('2', 'web');
export const V3 = modelRelease('3', 'web');
const PHASE_SECONDS = 60;
/** In milliseconds. */
export const DAY = 86_400_000;

/** A repository of the channel `stable`, and a device. */
export interface Scene {
  readonly device: ModelDevice;
  readonly repository: string;
  readonly folder: string;
  /** One more device of the same kind. */
  readonly another: (name: string) => ModelDevice;
  readonly withdraw: (version: string) => Promise<void>;
  readonly publish: (
    release: ModelRelease,
    different?: ModelManifest,
    how?: { readonly barrier: boolean },
  ) => Promise<void>;
  clock: number;
}

/** A repository with nothing in it and a device that runs version 1. */
export async function scene(t: TestContext): Promise<Scene> {
  const folder = scratchDirectory(t);
  const repository = join(folder, 'repository');
  const publisher = await startSampleRepository(repository);
  const another = (name: string): ModelDevice =>
    new ModelDevice({
      folder: join(folder, name),
      releases: [V1, V2, V3],
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
    async publish(release, different, how) {
      const directory = writeModelRelease(join(folder, 'out'), release, different);
      const releases = [{ directory, preflight: readPreflightResult(directory) }];
      await publishReleases({ ...publisher, ...how, releases, channel: 'stable' });
    },
  };
  t.after(() => made.device.stop());
  return made;
}

/** Asks for an update and returns what it came to. */
export async function ask(session: DeviceSession, request: UpdateRequest): Promise<UpdateOutcome> {
  for await (const line of updateCourse(session, request, AbortSignal.timeout(PHASE_SECONDS * 1000))) {
    if (line.kind === 'end') return line;
  }
  throw new Error('the course ended without an outcome');
}

/** Waits until the device is in the phase. */
export async function phase(session: DeviceSession, kind: PhaseKind): Promise<DeviceState> {
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

/** Names of the boot entries on the device’s ESP, sorted. */
export const entriesOf = (device: ModelDevice): string[] =>
  inspectDisk(device.disk)
    .entries.map(({ file }) => file)
    .sort();

/** Installs what the channel has and starts it. */
export async function updateAndStart({ device }: Scene): Promise<DeviceSession> {
  const session = await device.start();
  assert.equal((await ask(session, { mode: 'install' })).outcome, 'restarting');
  await device.restarted();
  await device.reboot();
  return device.start();
}
