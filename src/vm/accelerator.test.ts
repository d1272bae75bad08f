import assert from 'node:assert/strict';
import test from 'node:test';
import { chooseAccelerator } from './accelerator.ts';
import type { Emulator } from './emulator.ts';

const FOREIGN: Emulator = {
  architecture: process.arch === 'arm64' ? 'amd64' : 'arm64',
  program: '/usr/bin/qemu-system-other',
  imageProgram: '/usr/bin/qemu-img',
  setpriv: '/usr/bin/setpriv',
  firmwareCode: '/fw/code.fd',
  firmwareVariables: '/fw/variables.fd',
  secureBoot: false,
};

test('another architecture is emulated, without trying anything', async () => {
  const choice = await chooseAccelerator(FOREIGN);
  assert.equal(choice.accelerator, 'tcg');
  assert.match(choice.reason, new RegExp(FOREIGN.architecture));
});
