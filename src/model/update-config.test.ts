import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUpdateConfig, type UpdateConfig } from './update-config.ts';

const CONFIG: UpdateConfig = {
  format: 'ashlar-update/1',
  repositories: ['https://updates.example.org/'],
  channel: 'stable',
  checkEverySeconds: 3600,
  jitterSeconds: 600,
  tries: 3,
  probation: { graceSeconds: 60, durationSeconds: 120, deadlineSeconds: 600 },
  windows: [{ days: ['sat', 'sun'], start: '02:30', lengthSeconds: 3600, timeZone: 'Europe/Berlin' }],
  waitForLoginsSeconds: 600,
};

test('what was written is read', () => {
  assert.deepEqual(parseUpdateConfig(Buffer.from(JSON.stringify(CONFIG))), CONFIG);
});

test('anything else is refused with its code', () => {
  const bytes = (change: object): Buffer => Buffer.from(JSON.stringify({ ...CONFIG, ...change }));
  const refused = [
    Buffer.from('{'),
    Buffer.from([0xff, 0xfe]),
    Buffer.alloc((256 << 10) + 1, ' '),
    bytes({ format: 'ashlar-update/2' }),
    bytes({ channel: 'root' }),
    bytes({ tries: 0 }),
    bytes({ probation: {} }),
    bytes({ windows: [{ ...CONFIG.windows[0], start: '24:00' }] }),
    bytes({ windows: [{ ...CONFIG.windows[0], timeZone: 'Europe/Berlín' }] }),
    bytes({ checkEverySeconds: -1 }),
    bytes({ unknown: 1 }),
  ];
  for (const one of refused) assert.throws(() => parseUpdateConfig(one), { code: 'update-config-invalid' });
});
