import assert from 'node:assert/strict';
import test from 'node:test';
import type { DeviceState } from '../../engine/device-state.ts';
import type { Sha256 } from '../../model/digest.ts';
import type { UpdateConfig } from '../../model/update-config.ts';
import { directoryTrustStore } from '../../trust/client/trust-store.ts';
import type { Device } from '../device/device.ts';
import { devicePaths } from '../device-paths.ts';
import type { UpdateLine } from '../socket/agent-api.ts';
import { createConductor, type Hands } from './conductor.ts';
import type { DeviceSession } from './device-session.ts';
import type { EventBody } from './event-body.ts';
import { updateCourse } from './update-course.ts';
import { Wishes } from './wishes.ts';

const running = { name: 'web', version: '1', rootHash: 'ab'.repeat(32) as Sha256, slot: 0 };
const target = {
  name: 'web',
  version: '2',
  rootHash: 'cd'.repeat(32) as Sha256,
  manifest: { path: 'm', length: 1, sha256: 'ef'.repeat(32) as Sha256 },
};
const AT_REST: DeviceState = {
  running,
  proven: running,
  phase: { kind: 'proven', since: 0 },
  quarantine: [],
  checks: { failures: 0 },
};
const CHOSEN: EventBody = { kind: 'target-chosen', target, slot: 1, intent: 'arm' };
const CONFIG: UpdateConfig = {
  format: 'ashlar-update/1',
  repositories: [],
  channel: 'stable',
  checkEverySeconds: 3600,
  jitterSeconds: 0,
  tries: 3,
  probation: { graceSeconds: 0, durationSeconds: 0, deadlineSeconds: 60 },
  windows: [],
  waitForLoginsSeconds: 0,
};

/** A device that is given what its hands answer, and has nothing else: none of it is looked at. */
function sessionOf(state: DeviceState, perform: Hands['perform']): DeviceSession {
  const absent = (): never => assert.fail('nothing of the machine is looked at');
  const paths = devicePaths('/nowhere');
  const device: Device = {
    paths,
    config: CONFIG,
    image: {
      format: 'ashlar-generation/1',
      name: 'web',
      version: '1',
      architecture: 'amd64',
      created: 0,
      disk: { espBytes: 1, slots: 2, slotBytes: 1, treeBytes: 1, varBytes: 1 },
      healthChecks: {},
    },
    running,
    bootId: 'boot',
    trust: directoryTrustStore(paths.trust),
    run: absent,
    withDisk: absent,
    openSource: absent,
    now: () => 1,
    random: () => 0,
    progress: () => {},
    log: () => {},
  };
  const conductor = createConductor({
    start: { state, effects: [], event: { kind: 'resumed', at: 0, held: [] } },
    bootId: 'boot',
    append: () => {},
    hands: { perform },
    now: () => 1,
    log: () => {},
  });
  return { device, conductor, wishes: new Wishes(), progress: () => undefined, report: absent, stop: conductor.stop };
}

/** How an order to update ends when the hands answer so. */
async function endOf(state: DeviceState, answers: Partial<Record<string, EventBody>>): Promise<UpdateLine | undefined> {
  const session = sessionOf(state, async ({ kind }) => answers[kind]);
  await session.conductor.start();
  const told: UpdateLine[] = [];
  for await (const line of updateCourse(session, { mode: 'install' }, new AbortController().signal)) told.push(line);
  await session.stop();
  return told.at(-1);
}

const problem = { code: 'boot-image-refused', message: 'the firmware would not start it' };

test('what a step refuses for good is a refusal, and nothing that failed', async () => {
  const end = await endOf(AT_REST, {
    check: CHOSEN,
    fetch: { kind: 'step-failed', step: 'fetch', problem, retry: 'never' },
  });
  assert.deepEqual(end, {
    kind: 'end',
    outcome: 'refused',
    version: '2',
    words: 'web 1 runs; 2 is newer and cannot be installed here',
    reasons: [problem],
  });
});

test('a step that may go well another time has failed', async () => {
  const end = await endOf(AT_REST, {
    check: CHOSEN,
    fetch: { kind: 'step-failed', step: 'fetch', problem, retry: 'later' },
  });
  assert.ok(end?.kind === 'end' && end.outcome === 'failed', JSON.stringify(end));
});

test('a check that fails has failed, whatever the one before it found', async () => {
  const refused: DeviceState = { ...AT_REST, phase: { kind: 'refused', since: 0, target, objections: [problem] } };
  const unreachable = { code: 'repository-unreachable', message: 'it does not answer' };
  const end = await endOf(refused, { check: { kind: 'check-failed', problem: unreachable } });
  assert.ok(end?.kind === 'end' && end.outcome === 'failed', JSON.stringify(end));
  assert.deepEqual(end.reasons, [unreachable]);
});
