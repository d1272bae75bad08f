/** The kernel as the judge of whether a device that is held can be mounted, and written to all the same. */
import assert from 'node:assert/strict';
import { closeSync, constants, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { holdDevice } from '../../src/agent/slots/hold-device.ts';
import { runProgram } from '../../src/store/program/run-program.ts';
import { scratchDirectory } from '../../src/store/transport/scratch.fixture.ts';

test('what is held cannot be mounted until it is let go; its owner writes it meanwhile', async (t) => {
  const folder = scratchDirectory(t);
  const image = join(folder, 'volume');
  writeFileSync(image, '');
  truncateSync(image, 16 << 20);
  await runProgram(['mkfs.ext4', '-q', '-F', image]);
  const device = (await runProgram(['losetup', '--find', '--show', image])).stdout.trim();
  t.after(() => runProgram(['losetup', '--detach', device]));
  // In a mount namespace of its own: nothing is left mounted.
  const mount = () => runProgram(['unshare', '--mount', 'mount', '-t', 'ext4', device, '/mnt']);
  {
    using _ = holdDevice(device);
    assert.match((await mount()).stderr, /already mounted|busy/);
    const file = openSync(device, constants.O_RDWR);
    assert.equal(writeSync(file, Buffer.alloc(512), 0, 512, 8 << 20), 512);
    closeSync(file);
  }
  assert.equal((await mount()).status, 0);
});

test('what is mounted elsewhere is not held', async (t) => {
  const folder = scratchDirectory(t);
  const image = join(folder, 'volume');
  writeFileSync(image, '');
  truncateSync(image, 16 << 20);
  await runProgram(['mkfs.ext4', '-q', '-F', image]);
  const device = (await runProgram(['losetup', '--find', '--show', image])).stdout.trim();
  t.after(() => runProgram(['losetup', '--detach', device]));
  const program = `import { holdDevice } from '${import.meta.resolve('../../src/agent/slots/hold-device.ts')}';
    try { holdDevice('${device}'); } catch ({ code }) { console.log(code); }`;
  const script = `mount -t ext4 ${device} /mnt && exec ${process.execPath} --input-type=module -e "$0"`;
  const { stdout } = await runProgram(['unshare', '--mount', 'sh', '-c', script, program]);
  assert.equal(stdout, 'EBUSY\n');
});
