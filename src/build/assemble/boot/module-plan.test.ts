import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { parseModuleIndex } from './module-index.ts';
import { planModules, plannedModules } from './module-plan.ts';
import { moduleScript } from './module-script.ts';
import { SAMPLE_INDEX, SAMPLE_RELEASE } from './sample-kernel.ts';

const plan = planModules(parseModuleIndex(SAMPLE_INDEX), SAMPLE_RELEASE);

test('loads what the root needs, each module after what it needs', () => {
  assert.deepEqual(plan.root, ['reed_solomon', 'dm_mod', 'dm_bufio', 'dm_verity', 'libcrc32c', 'erofs', 'overlay']);
});

test('tries checksum code that modules ask for softly, also those that are built in', () => {
  assert.deepEqual(plan.soft, ['crc32c_generic', 'crc32c_intel']);
});

test('takes the drivers that the kernel has as modules, with their hardware only', () => {
  assert.deepEqual(plan.drivers, [
    { module: 'virtio_blk', load: ['virtio_blk'], aliases: ['virtio:d00000002v*'] },
    {
      module: 'sd_mod',
      load: ['scsi_common', 'scsi_mod', 'sd_mod'],
      aliases: ['scsi:t-0x00*', 'scsi:t-0x0e*'],
    },
  ]);
});

test('takes watchdogs apart from the drivers of disks, and what keeps the words of a panic', () => {
  const aliases = ['pci:v00008086d000025ABsv*sd*bc*sc*i*'];
  assert.deepEqual(plan.watchdogs, [{ module: 'i6300esb', load: ['watchdog', 'i6300esb'], aliases }]);
  assert.deepEqual(plan.pstore, ['efi_pstore']);
});

test('carries nothing that it would not load', () => {
  assert.ok(!plannedModules(plan).includes('soundcore'));
  assert.ok(plannedModules(plan).includes('efivarfs'));
});

test('refuses a kernel that cannot open a verified root', () => {
  const index = parseModuleIndex({ ...SAMPLE_INDEX, 'modules.dep': 'kernel/fs/erofs/erofs.ko:\n' });
  assert.throws(() => planModules(index, SAMPLE_RELEASE), {
    code: 'kernel-unfit',
    message: 'The kernel 6.12.0-sample has no dm_verity, which booting needs.',
  });
});

test('refuses an index that is no index', () => {
  assert.throws(() => parseModuleIndex({ ...SAMPLE_INDEX, 'modules.dep': 'no colon\n' }), {
    code: 'boot-image-invalid',
  });
  assert.throws(() => parseModuleIndex({ ...SAMPLE_INDEX, 'modules.alias': 'alias one\n' }), {
    code: 'boot-image-invalid',
  });
});

test('leaves out an alias that a shell would not take for a pattern', () => {
  const index = parseModuleIndex({ ...SAMPLE_INDEX, 'modules.alias': 'alias virtio:$(reboot) virtio_blk\n' });
  assert.deepEqual(planModules(index, SAMPLE_RELEASE).drivers, []);
});

test('the script tells a shell the same', () => {
  const shell = (commands: string): string =>
    execFileSync('sh', ['-euc', `${moduleScript(plan)}\n${commands}`], { encoding: 'utf8' }).trim();
  assert.equal(shell('echo $root_modules'), plan.root.join(' '));
  assert.equal(shell('echo $loop_modules $efivarfs_modules'), 'loop efivarfs');
  assert.equal(shell('modules_of sd_mod'), 'scsi_common scsi_mod sd_mod');
  assert.equal(shell('modules_of unknown'), '');
  const wanted = (alias: string): string => shell(`wanted=' '; want_driver_for '${alias}'; echo "$wanted"`);
  assert.equal(wanted('virtio:d00000002v00001AF4'), 'virtio_blk');
  assert.equal(wanted('scsi:t-0x00'), 'sd_mod');
  assert.equal(wanted('pci:v00008086d000025ABsv00000000sd00000000bc08sc80i00'), 'i6300esb');
  assert.equal(shell('echo $storage_drivers'), 'virtio_blk sd_mod');
  assert.equal(shell('echo $watchdog_drivers $pstore_modules'), 'i6300esb efi_pstore');
  assert.equal(wanted('pci:v00008086d00001237sv00001AF4sd00001100bc06sc00i00'), '');
  assert.equal(shell("accelerators_for ' fpu avx2 sse4_2 '"), 'sha256_ssse3');
  assert.equal(shell("accelerators_for ' fpu ssse3 '"), '');
});
