/** What a system with updates has beside others, judged by systemd: its units, its sandbox, its confext. */
import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { definitionOf } from '../../src/build/assemble/system/definition.fixture.ts';
import { EPOCH, listing, treeOf } from '../../src/build/assemble/system/tree.fixture.ts';
import { imageGeneration } from '../../src/build/assemble/system/updates/image-generation-of.ts';
import { writeUpdates } from '../../src/build/assemble/system/updates/write-updates.ts';
import { CONFEXT_NAME, generationConfext } from '../../src/build/confext/generation-confext.ts';
import { sha256 } from '../../src/model/digest.ts';
import { runInTrixie, trixieObstacle, trixieOutput, trixieTree } from './trixie.ts';

const skip = trixieObstacle() ?? false;
const UNITS = 'usr/lib/systemd/system';
/** `systemd-analyze security` rates exposure from 0 to 10. What is left is root, its network and block devices. */
const MOST_EXPOSURE = 2.6;

const definition = definitionOf({
  name: 'web',
  healthChecks: { web: { kind: 'tcp', port: 80 } },
  updates: { trust: './root.json' },
});
const bytes = Buffer.from('#!/bin/sh\n');
const agent = {
  node: { kind: 'bytes', size: bytes.length, digest: sha256(bytes), bytes },
  libraries: [],
  bundle: bytes,
  bless: bytes,
} as const;

let scratch = '';
let root = '';
before(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ashlar-updates-'));
  if (skip !== false) return;
  root = join(scratch, 'root');
  cpSync(join(trixieTree(), UNITS), join(root, UNITS), { recursive: true, verbatimSymlinks: true });
  for (const program of ['bin/true', 'usr/lib/systemd/systemd-bless-boot']) write(program, '');
  const tree = treeOf();
  writeUpdates(tree, definition, { epoch: EPOCH, agent });
  for (const path of listing(tree)) {
    const text = tree.text(path);
    if (text !== undefined) write(path, text);
  }
});
after(() => rmSync(scratch, { recursive: true, force: true }));

function write(path: string, text: string): void {
  const at = join(root, path);
  mkdirSync(dirname(at), { recursive: true });
  writeFileSync(at, text);
  chmodSync(at, 0o755);
}

test('systemd finds nothing wrong with the units', { skip }, () => {
  const own = ['ashlar-agent.service', 'ashlar-deadline.service', 'ashlar-deadline.timer', 'ashlar-health.service'];
  const units = [...own, 'ashlar-shutdown.service', 'efi.automount', 'efi.mount', 'systemd-bless-boot.service'];
  for (const unit of units) chmodSync(join(root, UNITS, unit), 0o644);
  const { stdout, stderr } = runInTrixie(['systemd-analyze', `--root=${root}`, '--man=no', 'verify', ...units], {
    binds: [scratch],
  });
  assert.equal(`${stdout}${stderr}`, '');
});

test('the agent is exposed no more than it must be', { skip }, () => {
  const argv = ['systemd-analyze', `--root=${root}`, '--offline=yes', 'security', 'ashlar-agent.service'];
  const [, exposure] = /Overall exposure level for \S+: ([0-9.]+)/.exec(trixieOutput(argv, { binds: [scratch] })) ?? [];
  assert.ok(Number(exposure) <= MOST_EXPOSURE, `exposure ${exposure}`);
});

test('systemd takes the confext for an extension of /etc that fits the system', { skip }, () => {
  const osRelease = readFileSync(join(trixieTree(), 'usr/lib/os-release'), 'utf8');
  const generation = imageGeneration(definition, EPOCH);
  const { image } = generationConfext({ generation, salt: definition.image.salt, osRelease });
  const path = join(scratch, 'confext.raw');
  writeFileSync(path, image);
  const dissect = (...words: string[]): string =>
    trixieOutput(['systemd-dissect', ...words, path], { binds: [scratch] });
  const found = JSON.parse(dissect('--json=short')) as {
    useConfigurationExtension: boolean;
    confextRelease: string[];
    mounts: { designator: string; fstype: string }[];
  };
  assert.equal(found.useConfigurationExtension, true);
  assert.ok(found.confextRelease.includes('ID=debian'));
  assert.deepEqual(
    found.mounts.map(({ designator, fstype }) => [designator, fstype]),
    [
      ['root', 'erofs'],
      ['root-verity', 'DM_verity_hash'],
    ],
  );
  assert.match(dissect('--list'), new RegExp(`^etc/extension-release\\.d/extension-release\\.${CONFEXT_NAME}$`, 'm'));
});
