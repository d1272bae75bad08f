import assert from 'node:assert/strict';
import test from 'node:test';
import type { Sha256 } from '../../model/digest.ts';
import type { EventBody } from '../daemon/event-body.ts';
import type { RunOnDevice } from '../system/run-on-device.ts';
import { Patience } from './patience.ts';
import { type RestartWish, seekRestart } from './seek-restart.ts';

const UPDATE = 'ab'.repeat(32) as Sha256;
const HOUR_SECONDS = 3600;
const SOMEBODY = JSON.stringify([{ session: '1', user: 'ada', class: 'user', tty: 'tty1' }]);

/** A device on which somebody is logged in for good. */
const run: RunOnDevice = async ([program]) => ({
  status: program === 'loginctl' ? 0 : 1,
  stdout: program === 'loginctl' ? SOMEBODY : '',
  stderr: '',
});

/** Seeks until the first look is over, as a check of the repository would interrupt it. */
async function look(
  patience: Patience,
  now: () => number,
  update = UPDATE,
): Promise<{ came: EventBody | undefined; told: EventBody[] }> {
  const told: EventBody[] = [];
  const interrupted = new AbortController();
  const wish: RestartWish = { isUrgent: () => false, wait: async () => interrupted.abort() };
  const config = { windows: [], waitForLoginsSeconds: HOUR_SECONDS } as const;
  const device = { run, now, config: { ...BASE, ...config, windows: [] } };
  const came = await seekRestart(device, update, patience, wish, interrupted.signal, (event) => told.push(event));
  return { came, told };
}

const BASE = {
  format: 'ashlar-update/1' as const,
  repositories: [],
  channel: 'stable',
  checkEverySeconds: 60,
  jitterSeconds: 0,
  tries: 3,
  probation: { graceSeconds: 0, durationSeconds: 0, deadlineSeconds: 60 },
};

test('people are waited for as long as they may be, however often checks come in between', async () => {
  let minutes = 0;
  const patience = new Patience(() => minutes * 60_000);
  const now = (): number => minutes * 60_000;
  for (; minutes < 60; minutes += 10) {
    const { came, told } = await look(patience, now);
    assert.equal(came, undefined);
    assert.equal(told[0]?.kind, 'restart-postponed');
  }
  assert.deepEqual((await look(patience, now)).came, { kind: 'restart-allowed' });
});

test('another update has its own patience', async () => {
  let minutes = 0;
  const patience = new Patience(() => minutes * 60_000);
  await look(patience, () => 0);
  minutes = 100;
  assert.equal((await look(patience, () => 0, 'cd'.repeat(32) as Sha256)).came, undefined);
});

test('a clock that jumps from 1970 to today sends nobody away', async () => {
  const patience = new Patience(() => 1000);
  await look(patience, () => 0);
  assert.equal((await look(patience, () => Date.UTC(2026, 0, 1))).came, undefined);
});
