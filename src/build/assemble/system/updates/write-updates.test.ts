import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { DefinitionInput } from '../../../../model/definition/definition-input.ts';
import { CLEAN_SHUTDOWN_PATH } from '../../../../model/device-files.ts';
import { sha256 } from '../../../../model/digest.ts';
import { parseImageGeneration } from '../../../../model/image-generation.ts';
import { parseUpdateConfig } from '../../../../model/update-config.ts';
import { definitionOf, ROOT_OF_TRUST } from '../definition.fixture.ts';
import { EPOCH, listing, treeOf } from '../tree.fixture.ts';
import type { AgentFiles } from './agent-files.ts';
import { writeUpdates } from './write-updates.ts';

const node = Buffer.from('node');
const AGENT: AgentFiles = {
  node: { kind: 'bytes', size: node.length, digest: sha256(node), bytes: node },
  libraries: ['libstdc++.so.6'],
  bundle: Buffer.from('agent'),
  bless: Buffer.from('bless'),
};
const UPDATES: NonNullable<DefinitionInput['updates']> = {
  repository: 'https://updates.example.org/',
  trust: './root.json',
  probation: { deadline: '15m' },
  windows: [{ start: '02:00', length: '90m' }],
  bandwidth: '2M',
  waitForLogins: false,
};

function written(updates: DefinitionInput['updates'] = UPDATES) {
  const tree = treeOf({
    '/usr/lib/x86_64-linux-gnu/libstdc++.so.6': { link: 'libstdc++.so.6.0.33' },
    '/usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.33': 'library',
    '/usr/lib/modules/6.12/modules.dep':
      'kernel/drivers/watchdog/i6300esb.ko: kernel/drivers/watchdog/watchdog.ko\nkernel/drivers/watchdog/wdat_wdt.ko.xz:\n',
  });
  const definition = definitionOf({
    name: 'web',
    version: '1.2.0',
    timeZone: 'Europe/Berlin',
    healthChecks: { web: { kind: 'tcp', port: 80 } },
    updates,
  });
  return { tree, units: writeUpdates(tree, definition, { epoch: EPOCH, agent: AGENT }) };
}

test('a system without updates stays as it is', () => {
  const tree = treeOf();
  assert.deepEqual(writeUpdates(tree, definitionOf(), { epoch: EPOCH, agent: undefined }), []);
  assert.deepEqual(listing(tree), []);
});

test('an image in which Node would not start is refused', () => {
  const definition = definitionOf({ updates: UPDATES });
  assert.throws(() => writeUpdates(treeOf(), definition, { epoch: EPOCH, agent: AGENT }), {
    code: 'agent-runtime-missing',
    message: /libstdc\+\+\.so\.6/,
  });
});

test('the agent is told what the definition says, in seconds and bytes', () => {
  const { tree } = written();
  assert.deepEqual(parseUpdateConfig(Buffer.from(tree.text('/usr/lib/ashlar/update.json') ?? '')), {
    format: 'ashlar-update/1',
    repositories: ['https://updates.example.org/'],
    channel: 'stable',
    checkEverySeconds: 3600,
    jitterSeconds: 600,
    tries: 3,
    probation: { graceSeconds: 60, durationSeconds: 120, deadlineSeconds: 900 },
    bandwidthBytesPerSecond: 2 << 20,
    windows: [
      {
        days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
        start: '02:00',
        lengthSeconds: 5400,
        timeZone: 'Europe/Berlin',
      },
    ],
    waitForLoginsSeconds: 0,
  });
  assert.equal(tree.text('/usr/lib/ashlar/trust/root.json'), ROOT_OF_TRUST);
  const generation = parseImageGeneration(Buffer.from(tree.text('/usr/lib/ashlar/generation.json') ?? ''));
  assert.deepEqual([generation.name, generation.version, generation.created], ['web', '1.2.0', Number(EPOCH)]);
  assert.deepEqual(generation.healthChecks['web']?.['kind'], 'tcp');
});

test('what must run runs, and what blesses a start is started by nothing', () => {
  const { tree, units } = written();
  assert.deepEqual(units, [
    'ashlar-agent.service',
    'ashlar-deadline.timer',
    'ashlar-health.service',
    'ashlar-shutdown.service',
    'efi.automount',
  ]);
  assert.match(tree.text('/usr/lib/systemd/system/ashlar-deadline.timer') ?? '', /^OnBootSec=900s$/m);
  const bless = tree.text('/usr/lib/systemd/system/systemd-bless-boot.service') ?? '';
  assert.match(bless, /^Requires=boot-complete\.target$/m);
  assert.doesNotMatch(bless, /\[Install\]/);
});

test('only watchdogs that the kernel has are loaded', () => {
  assert.equal(written().tree.text('/usr/lib/modules-load.d/50-ashlar-watchdog.conf'), 'i6300esb\nwdat_wdt\n');
});

test('the scripts are valid shell', () => {
  const { tree } = written();
  const scripts = listing(tree).filter((path) => tree.text(path)?.startsWith('#!/bin/sh'));
  assert.deepEqual(scripts, [
    '/usr/bin/ashlar',
    '/usr/lib/ashlar/boot-count',
    '/usr/lib/ashlar/clean-shutdown',
    '/usr/lib/ashlar/deadline',
  ]);
  for (const path of scripts) {
    const checked = spawnSync('sh', ['-n'], { input: tree.text(path) ?? '' });
    assert.equal(checked.status, 0, `${path}: ${checked.stderr}`);
  }
});

test('a clean end is marked with the boot id, and nothing half written is left', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'ashlar-shutdown-'));
  t.after(() => rmSync(root, { recursive: true }));
  const bin = join(root, 'usr/lib/ashlar');
  for (const folder of [bin, join(root, 'var/lib/ashlar')]) mkdirSync(folder, { recursive: true });
  const { tree } = written();
  for (const name of ['boot-count', 'clean-shutdown']) {
    const text = (tree.text(`/usr/lib/ashlar/${name}`) ?? '').replaceAll(
      /(?<!proc)\/(usr\/lib|var\/lib|sys)\//g,
      `${root}/$1/`,
    );
    writeFileSync(join(bin, name), text, { mode: 0o755 });
  }
  const run = spawnSync(join(bin, 'clean-shutdown'), { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
  assert.equal(readFileSync(join(root, CLEAN_SHUTDOWN_PATH), 'utf8'), bootId);
});
