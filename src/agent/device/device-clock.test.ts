import assert from 'node:assert/strict';
import { statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { scratchDirectory } from '../../store/transport/scratch.fixture.ts';
import { deviceClock } from './device-clock.ts';

const BUILT = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;

test('time is the latest of hardware clock, last time seen and build time', (t) => {
  const path = join(scratchDirectory(t), 'last-seen');
  const still = (): number => 0;
  assert.equal(deviceClock(path, BUILT, () => 0, still)(), BUILT);
  assert.equal(deviceClock(path, BUILT, () => BUILT + HOUR, still)(), BUILT + HOUR);
  assert.equal(deviceClock(path, 0, () => 0, still)(), BUILT + HOUR, 'what was seen is kept');
});

test('time goes on where the hardware clock begins at 1970', (t) => {
  const path = join(scratchDirectory(t), 'last-seen');
  let [hardware, up] = [5000, 5000];
  const now = deviceClock(
    path,
    BUILT,
    () => hardware,
    () => up,
  );
  assert.equal(now(), BUILT);
  up += HOUR;
  hardware += HOUR;
  assert.equal(now(), BUILT + HOUR);
  assert.equal(statSync(path).mtimeMs, BUILT + HOUR);
  hardware = BUILT + 100 * HOUR;
  assert.equal(now(), BUILT + 100 * HOUR, 'somebody has set it');
  hardware = 0;
  up += HOUR;
  assert.equal(now(), BUILT + 101 * HOUR, 'somebody has set it back');
});

test('the last time seen is moved on without a moment in which it is lost', (t) => {
  const path = join(scratchDirectory(t), 'last-seen');
  writeFileSync(path, 'kept');
  utimesSync(path, BUILT / 1000, BUILT / 1000);
  deviceClock(path, 0, () => BUILT + HOUR)();
  assert.equal(statSync(path).size, 4, 'only its time was changed');
  assert.ok(statSync(path).mtimeMs >= BUILT + HOUR);
});
