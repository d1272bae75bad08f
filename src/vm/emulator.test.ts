import assert from 'node:assert/strict';
import test from 'node:test';
import { AshlarError } from '../model/error.ts';
import { findEmulator, type Lookup } from './emulator.ts';

function having(...files: string[]): Lookup {
  const there = (path: string): boolean => files.includes(path);
  return { path: ['/opt/bin', '/usr/bin'], isExecutable: there, isReadable: there };
}

const PROGRAMS = ['/usr/bin/qemu-system-x86_64', '/usr/bin/qemu-img', '/usr/bin/setpriv'];
const FIRMWARE = ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd'];

test('finds the programs along the path and the firmware', () => {
  const emulator = findEmulator('amd64', { lookup: having('/opt/bin/qemu-img', ...PROGRAMS, ...FIRMWARE) });
  assert.equal(emulator.program, '/usr/bin/qemu-system-x86_64');
  assert.equal(emulator.imageProgram, '/opt/bin/qemu-img');
  assert.equal(emulator.firmwareVariables, '/usr/share/OVMF/OVMF_VARS_4M.fd');
});

test('takes older firmware when there is no 4 MiB build, never a mixed pair', () => {
  const lookup = having(
    ...PROGRAMS,
    '/usr/share/OVMF/OVMF_CODE_4M.fd',
    '/usr/share/OVMF/OVMF_CODE.fd',
    '/usr/share/OVMF/OVMF_VARS.fd',
  );
  const emulator = findEmulator('amd64', { lookup });
  assert.equal(emulator.firmwareCode, '/usr/share/OVMF/OVMF_CODE.fd');
});

test('names every missing package and one command', () => {
  assert.throws(
    () => findEmulator('amd64', { lookup: having('/usr/bin/setpriv') }),
    (error) => {
      assert.ok(error instanceof AshlarError);
      assert.equal(error.code, 'missing-package');
      assert.match(error.message, /qemu-system-x86, qemu-utils, ovmf/);
      assert.match(error.hint, /apt-get install .*qemu-system-x86 qemu-utils ovmf$/);
      return true;
    },
  );
});

test('another architecture needs its own packages', () => {
  assert.throws(() => findEmulator('arm64', { lookup: having(...PROGRAMS) }), /qemu-system-arm, qemu-efi-aarch64/);
});

test('Secure Boot takes firmware of its own, and no other', () => {
  const code = '/usr/share/OVMF/OVMF_CODE_4M.secboot.fd';
  const emulator = findEmulator('amd64', { secureBoot: true, lookup: having(...PROGRAMS, ...FIRMWARE, code) });
  assert.deepEqual([emulator.firmwareCode, emulator.secureBoot], [code, true]);
  assert.throws(() => findEmulator('amd64', { secureBoot: true, lookup: having(...PROGRAMS, ...FIRMWARE) }), /ovmf/);
});
