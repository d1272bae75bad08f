import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';
import { parseUpdateConfig, type UpdateConfig } from '../../model/update-config.ts';
import { HARNESS_KERNEL_ARGUMENT, harnessOf, sabotageFiles } from './harness.ts';

const CONFIG: UpdateConfig = {
  format: 'ashlar-update/1',
  repositories: ['https://updates.example.org/'],
  channel: 'stable',
  checkEverySeconds: 3600,
  jitterSeconds: 600,
  tries: 3,
  probation: { graceSeconds: 60, durationSeconds: 120, deadlineSeconds: 600 },
  bandwidthBytesPerSecond: 1024,
  windows: [{ days: ['sun'], start: '02:00', lengthSeconds: 3600, timeZone: 'UTC' }],
  waitForLoginsSeconds: 600,
};

const release = (version: string, updates: UpdateConfig | undefined) => ({ manifest: { version }, updates });

test('each release gets its own configuration, but for where it looks and when it restarts', () => {
  const files = harnessOf([release('1', CONFIG), release('2', undefined)], Buffer.from('root'));
  const at = (path: string) => files.find((file) => file.path === `lib/ashlar-preflight/${path}`)?.content;
  const written = parseUpdateConfig(Buffer.from(at('1/update.json')!));
  const { repositories, windows, waitForLoginsSeconds, bandwidthBytesPerSecond, ...same } = written;
  assert.deepEqual([windows, waitForLoginsSeconds, bandwidthBytesPerSecond], [[], 0, undefined]);
  assert.deepEqual(repositories, ['/run/ashlar-preflight/repository']);
  const { repositories: _1, windows: _2, waitForLoginsSeconds: _3, bandwidthBytesPerSecond: _4, ...theirs } = CONFIG;
  assert.deepEqual(same, theirs);
  assert.equal(at('2/update.json'), undefined);
  assert.equal(String(at('root.json')), 'root');
});

test('systemd finds the units where the kernel’s command line points, and the script is one', () => {
  const files = harnessOf([release('1', CONFIG)], undefined);
  const folder = /^SYSTEMD_UNIT_PATH=\/var\/(.+):$/.exec(HARNESS_KERNEL_ARGUMENT)?.[1];
  const units = files
    .filter(({ path }) => path.startsWith(`${folder}/`))
    .map(({ path }) => path.slice(folder!.length + 1));
  assert.deepEqual(units.sort(), [
    'multi-user.target.d/50-preflight.conf',
    'preflight-setup.service',
    'preflight-shell.service',
    'sysinit.target.d/50-preflight.conf',
  ]);
  const script = files.find(({ path }) => path.endsWith('/setup'))!.content;
  execFileSync('sh', ['-n'], { input: script });
  assert.ok(!files.some(({ path }) => path.endsWith('root.json')));
});

test('a sabotage is of one version', () => {
  assert.deepEqual(sabotageFiles({ version: '2', dropIns: { 'a.service': '[Unit]\n' } }), [
    { path: 'lib/ashlar-preflight/2/drop-ins/a.service.d/90-preflight.conf', content: '[Unit]\n' },
  ]);
});
