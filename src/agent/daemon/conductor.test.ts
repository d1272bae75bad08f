import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import type { DeviceState } from '../../engine/device-state.ts';
import type { Effect } from '../../engine/effect.ts';
import type { Sha256 } from '../../model/digest.ts';
import { type Conductor, createConductor, type Hands } from './conductor.ts';

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

interface Stage {
  readonly conductor: Conductor;
  readonly journal: string[];
  readonly order: string[];
  readonly perform: (perform: Hands['perform']) => void;
}

function stage(append = (_: string): void => {}): Stage {
  const journal: string[] = [];
  const order: string[] = [];
  let perform: Hands['perform'] = async () => undefined;
  const conductor = createConductor({
    start: { state: AT_REST, effects: [], event: { kind: 'resumed', at: 0, held: [] } },
    bootId: 'boot',
    append: (line) => {
      append(line);
      journal.push(JSON.parse(line).event.kind);
      order.push(`journal ${JSON.parse(line).event.kind}`);
    },
    hands: {
      perform: (effect, signal, tell) => {
        order.push(`do ${effect.kind}`);
        return perform(effect, signal, tell);
      },
    },
    now: () => 1,
    log: () => {},
  });
  return { conductor, journal, order, perform: (given) => (perform = given) };
}

/** Waits for the next event of the conductor. */
function nextEvent(conductor: Conductor): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const stop = conductor.onEvent(({ kind }) => {
    stop();
    resolve(kind);
  });
  return promise;
}

test('the journal has an event before anything is done for it', async () => {
  const { conductor, order, perform } = stage();
  perform(async ({ kind }) =>
    kind === 'check' ? { kind: 'target-chosen', target, slot: 1, intent: 'hold' } : new Promise(() => {}),
  );
  await conductor.start();
  await conductor.send({ kind: 'check-started', by: 'operator' });
  assert.equal(await nextEvent(conductor), 'target-chosen');
  await conductor.send({ kind: 'unpinned' });
  const expected = ['journal resumed', 'do check', 'journal target-chosen', 'do fetch', 'journal unpinned'];
  assert.deepEqual(order, expected);
});

test('what cannot be journaled does not happen', async () => {
  const { conductor, order } = stage((line) => {
    if (line.includes('"pinned"')) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
  });
  await conductor.start();
  await assert.rejects(conductor.send({ kind: 'pinned', version: '1' }), { code: 'ENOSPC' });
  assert.equal(conductor.state.pin, undefined);
  assert.deepEqual(order, ['journal resumed']);
});

test('an answer that is no longer asked for is not heard, and stopped work is waited for', async () => {
  const { conductor, journal, perform } = stage();
  const ended: string[] = [];
  perform(async ({ kind }, signal) => {
    if (kind === 'check') return { kind: 'target-chosen', target, slot: 1, intent: 'arm' };
    if (kind !== 'fetch') return undefined;
    await once(signal, 'abort');
    ended.push(kind);
    return { kind: 'step-done', step: 'fetch' };
  });
  await conductor.start();
  await conductor.send({ kind: 'check-started', by: 'schedule' });
  assert.equal(await nextEvent(conductor), 'target-chosen');
  await conductor.send({ kind: 'pinned', version: '1' });
  assert.deepEqual(ended, ['fetch']);
  assert.equal(conductor.state.phase.kind, 'proven');
  await conductor.stop();
  assert.deepEqual(journal, ['resumed', 'target-chosen', 'pinned']);
});

test('a defect of the hands ends nothing', async () => {
  const { conductor, perform } = stage();
  perform(async () => {
    throw new TypeError('a defect');
  });
  await conductor.start();
  await conductor.send({ kind: 'check-started', by: 'operator' });
  await conductor.send({ kind: 'pinned', version: '1' });
  assert.equal(conductor.state.pin?.version, '1');
});

test('what may not happen now is refused, and changes nothing', async () => {
  const { conductor } = stage();
  await conductor.start();
  await assert.rejects(conductor.send({ kind: 'health-held' }), { code: 'device-state-conflict' });
  await assert.rejects(conductor.send({ kind: 'rollback-asked' }), { code: 'no-way-back' });
  assert.equal(conductor.state, AT_REST);
});

test('nothing begins once it was stopped', async () => {
  const { conductor, perform } = stage();
  const begun: Effect['kind'][] = [];
  const gate = Promise.withResolvers<void>();
  perform(async ({ kind }) => {
    begun.push(kind);
    if (kind === 'check') await gate.promise;
    return kind === 'check' ? { kind: 'target-chosen', target, slot: 1, intent: 'arm' } : undefined;
  });
  await conductor.start();
  await conductor.send({ kind: 'check-started', by: 'schedule' });
  const stopped = conductor.stop();
  gate.resolve();
  await stopped;
  assert.deepEqual(begun, ['check']);
});

test('an answer that waits to be heard is not, once its work was stopped', async () => {
  const { conductor, perform } = stage();
  let checks = 0;
  perform(async ({ kind }, signal) => {
    if (kind !== 'check') return undefined;
    checks += 1;
    if (checks === 1) return { kind: 'target-chosen', target, slot: 1, intent: 'arm' };
    // The second look has no answer: what is heard in it can only be the first one's.
    await once(signal, 'abort');
    return undefined;
  });
  await conductor.start();
  const begun = conductor.send({ kind: 'check-started', by: 'schedule' });
  const pinned = conductor.send({ kind: 'pinned', version: '1' });
  const again = conductor.send({ kind: 'check-started', by: 'operator' });
  await Promise.all([begun, pinned, again]);
  await conductor.send({ kind: 'unpinned' });
  assert.equal(checks, 2);
  assert.equal(conductor.state.phase.kind, 'checking');
});

test('an event that does not come to its end shows', async () => {
  const { conductor, perform } = stage();
  await conductor.start();
  assert.equal(conductor.busySince, undefined);
  const gate = Promise.withResolvers<void>();
  perform(async () => {
    await gate.promise;
    return undefined;
  });
  const before = performance.now();
  await conductor.send({ kind: 'check-started', by: 'schedule' });
  assert.equal(conductor.busySince, undefined, 'a check goes on beside');
  const pinned = conductor.send({ kind: 'pinned', version: '1' });
  await Promise.resolve();
  assert.ok((conductor.busySince ?? 0) >= before, 'the check does not end although it was stopped');
  gate.resolve();
  await pinned;
  assert.equal(conductor.busySince, undefined);
});
