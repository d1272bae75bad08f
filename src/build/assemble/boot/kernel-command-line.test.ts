import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '../../../model/digest.ts';
import { kernelCommandLine } from './kernel-command-line.ts';

const root = { rootHash: sha256('root'), dataBlocks: 18_322, salt: 'ab'.repeat(32) };
const silent: Parameters<typeof kernelCommandLine>[0] = {
  kernelArguments: [],
  console: { serial: undefined, login: 'none' },
};

test('names the root by its hash and says how it is checked', () => {
  const line = kernelCommandLine(silent, root);
  assert.deepEqual(line.split(' '), [
    `roothash=${root.rootHash}`,
    `systemd.verity_root_options=panic-on-corruption,superblock=no,format=1,data-block-size=4096,hash-block-size=4096,data-blocks=18322,hash-offset=4096,salt=${root.salt},hash=sha256`,
    'gpt',
    'panic=5',
    'lockdown=integrity',
    'systemd.gpt_auto=no',
    'systemd.firstboot=off',
    'systemd.import_credentials=no',
    'quiet',
  ]);
});

test('has a serial console only when the definition asks, and it is the last one', () => {
  assert.ok(!kernelCommandLine(silent, root).includes('console='));
  const line = kernelCommandLine({ ...silent, console: { serial: 'ttyS0', login: 'none' } }, root);
  assert.match(line, / console=tty0 console=ttyS0 /);
});

test('appends what the definition adds, and is not quiet when that asks for messages', () => {
  const line = kernelCommandLine({ ...silent, kernelArguments: ['loglevel=7', 'mitigations=auto,nosmt'] }, root);
  assert.match(line, /import_credentials=no loglevel=7 mitigations=auto,nosmt$/);
});

for (const argument of [
  'roothash=00',
  'root=/dev/sda2',
  'rw',
  'init=/bin/sh',
  'rdinit=/bin/sh',
  'panic=0',
  'lockdown=none',
  'module.sig_enforce=0',
  'systemd.verity=no',
  'systemd.verity_root_options=ignore-corruption',
  'systemd.gpt_auto=yes',
  'systemd.machine_id=1',
]) {
  test(`refuses ${argument}`, () => {
    assert.throws(() => kernelCommandLine({ ...silent, kernelArguments: [argument] }, root), {
      code: 'kernel-argument-conflict',
      message: new RegExp(argument.replaceAll('.', '\\.')),
    });
  });
}

test('refuses a line that the kernel would cut off', () => {
  const kernelArguments = Array.from({ length: 30 }, (_, index) => `some_module.option${index}=${'x'.repeat(40)}`);
  assert.throws(() => kernelCommandLine({ ...silent, kernelArguments }, root), { code: 'kernel-argument-conflict' });
});
