import { checkDelay } from '../../../src/engine/schedule/check-delay.ts';
import { mayRestart } from '../../../src/engine/schedule/may-restart.ts';
import { documentBytes } from '../../../src/model/manifest.ts';
import { parseUpdateConfig, type UpdateConfig } from '../../../src/model/update-config.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const EXAMPLE: UpdateConfig = {
  format: 'ashlar-update/1',
  repositories: ['https://updates.example.org/'],
  channel: 'stable',
  checkEverySeconds: 3600,
  jitterSeconds: 600,
  tries: 3,
  probation: { graceSeconds: 30, durationSeconds: 60, deadlineSeconds: 600 },
  bandwidthBytesPerSecond: 1_000_000,
  windows: [{ days: ['sat', 'sun'], start: '02:30', lengthSeconds: 7200, timeZone: 'Europe/Berlin' }],
  waitForLoginsSeconds: 3600,
};

const NOW = Date.UTC(2030, 0, 6, 3);

/** `update.json` of an image, and the times that follow from it. */
const target: FuzzTarget = {
  name: 'update-config',
  seeds: () => [documentBytes(EXAMPLE)],
  run(input) {
    const config = parseUpdateConfig(input);
    checkDelay(config, 0, 0.5);
    mayRestart({ now: NOW, config, obstacles: { inhibitors: [], logins: [] }, asked: 'when-allowed' });
  },
};

export default target;
