import assert from 'node:assert/strict';
import test from 'node:test';
import { mayRestart, type RestartInput } from './may-restart.ts';

const NOW = Temporal.Instant.from('2026-06-06T12:00:00Z').epochMilliseconds;
const HOUR = 3_600_000;
const FREE: RestartInput = {
  now: NOW,
  config: { windows: [], waitForLoginsSeconds: 3600 },
  obstacles: { inhibitors: [], logins: [] },
  asked: 'when-allowed',
};
const NIGHT = { days: ['sun' as const], start: '02:00', lengthSeconds: 3600, timeZone: 'UTC' };
const LOGINS = [{ user: 'anna', terminal: 'tty1' }];

function reasons(input: Partial<RestartInput>): string[] {
  const permission = mayRestart({ ...FREE, ...input });
  return permission.kind === 'now' ? [] : permission.reasons.map(({ message }) => message);
}

test('restarts at once when nothing speaks against it', () => {
  assert.deepEqual(mayRestart(FREE), { kind: 'now' });
});

test('waits for the window, and says when it opens', () => {
  const permission = mayRestart({ ...FREE, config: { ...FREE.config, windows: [NIGHT] } });
  assert.deepEqual(permission, {
    kind: 'wait',
    reasons: [{ code: 'window-closed', message: 'the maintenance window opens at 2026-06-07T02:00:00Z' }],
    until: NOW + 14 * HOUR,
  });
});

test('waits for people who are logged in, but not for ever', () => {
  const obstacles = { inhibitors: [], logins: LOGINS };
  assert.deepEqual(reasons({ obstacles }), ['anna (tty1) logged in; at 2026-06-06T13:00:00Z that counts no more']);
  assert.deepEqual(reasons({ obstacles, loginsSince: NOW - HOUR }), []);
  assert.deepEqual(reasons({ obstacles, config: { windows: [], waitForLoginsSeconds: 0 } }), []);
});

test('an inhibitor is waited for without an end, whoever asks', () => {
  const obstacles = { inhibitors: ['backup: copying'], logins: LOGINS };
  const permission = mayRestart({ ...FREE, obstacles, asked: 'now' });
  assert.deepEqual(permission, {
    kind: 'wait',
    reasons: [{ code: 'inhibited', message: 'backup: copying forbids a restart' }],
    until: undefined,
  });
});

test('a person who asks does not wait for windows and logins', () => {
  const config = { windows: [NIGHT], waitForLoginsSeconds: 3600 };
  assert.deepEqual(reasons({ config, obstacles: { inhibitors: [], logins: LOGINS }, asked: 'now' }), []);
});

test('all reasons are told together', () => {
  const config = { windows: [NIGHT], waitForLoginsSeconds: 3600 };
  assert.equal(reasons({ config, obstacles: { inhibitors: ['a: b'], logins: LOGINS } }).length, 3);
});
