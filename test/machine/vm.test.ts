/**
 * The machine itself, judged by the firmware's own shell: nothing has to be built, so it takes seconds.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { makeMachine } from '../../src/vm/machine.ts';
import type { RunningMachine } from '../../src/vm/running-machine.ts';
import { ONE_PROCESSOR } from './one-processor.ts';

/** Emulated firmware takes three seconds to its shell; a host with other work several times that. */
const FIRMWARE_SECONDS = 60;
const DISK_BYTES = 16 << 20;

let parent: string;
let blank: string;
before(() => {
  parent = mkdtempSync(join(tmpdir(), 'vm-test-'));
  blank = join(parent, 'blank.raw');
  writeFileSync(blank, '');
  truncateSync(blank, DISK_BYTES);
});
after(() => rmSync(parent, { recursive: true }));

async function atShell(machine: RunningMachine): Promise<void> {
  await machine.serial.expect(/any other key to continue/, FIRMWARE_SECONDS);
  machine.serial.send('\x1b');
  await machine.serial.expect(/Shell> $/, FIRMWARE_SECONDS);
}

async function command(machine: RunningMachine, text: string, answer: RegExp): Promise<RegExpExecArray> {
  machine.serial.send(`${text}\r`);
  const found = await machine.serial.expect(answer, FIRMWARE_SECONDS);
  await machine.serial.expect(/Shell> $/, FIRMWARE_SECONDS);
  return found;
}

test('firmware, console, events, forwarded ports, and variables that outlast a boot', async () => {
  const serialLog = join(parent, 'serial.log');
  const machine = await makeMachine({
    disks: [{ image: blank, size: 2 * DISK_BYTES }],
    memory: 256,
    ...ONE_PROCESSOR,
    network: { kind: 'user', outbound: false, forwards: [{ host: 0, guest: 80 }] },
    serialLog,
    parent,
  });
  try {
    const first = await machine.boot();
    const [forward] = first.forwards;
    assert.equal(forward?.guest, 80);
    await new Promise((resolve, reject) => {
      const socket = connect(forward!.host, '127.0.0.1', () => resolve(socket.destroy()));
      socket.on('error', reject);
    });
    await atShell(first);
    // Port 0x505 is the panic device's (QEMU, docs/specs/pvpanic): bit 0 says that the guest has panicked.
    first.serial.send('mm 505 1 -IO -w 1 -n\r');
    await first.expectEvent('panicked', FIRMWARE_SECONDS);
    await first.serial.expect(/Shell> $/, FIRMWARE_SECONDS);
    // The last sector of the copy, which is twice as large as its base.
    await command(first, 'dblk blk0 ffff 1', /LBA 0*FFFF Size 0*200 bytes/);
    first.serial.send('setvar Kept -guid 7f5a1d9c-52c4-4b0e-9c3e-6d2f8a4b1e71 -bs -nv =0xa5\r');
    await first.serial.expect(/Shell> $/, FIRMWARE_SECONDS);
    first.serial.send('reset\r');
    assert.equal((await first.expectEvent('reset', FIRMWARE_SECONDS)).by, 'guest');
    await atShell(first);
    first.serial.send('reset -s\r');
    assert.deepEqual(await first.ended, { kind: 'powered-off' });
    await assert.rejects(first.serial.expect(/never said/, 1), { code: 'guest-stopped' });

    const second = await machine.boot();
    await assert.rejects(machine.boot(), { code: 'internal' });
    await atShell(second);
    await command(second, 'setvar Kept -guid 7f5a1d9c-52c4-4b0e-9c3e-6d2f8a4b1e71', /A5/);
    assert.deepEqual(await second.kill(), { kind: 'stopped' });
  } finally {
    await machine.close();
  }
  assert.match(readFileSync(serialLog, 'utf8'), /^\[ +\d+\.\d{3}\] .*BdsDxe: starting/m);
  assert.deepEqual(readdirSync(parent).sort(), ['blank.raw', 'serial.log']);
});

test('a reset can be the end, a guest that ignores the power button loses its power', async () => {
  await using machine = await makeMachine({ disks: [], memory: 256, ...ONE_PROCESSOR, onReset: 'exit', parent });
  const first = await machine.boot();
  await atShell(first);
  await assert.rejects(first.serial.expect(/never said/, 0.01), { code: 'guest-silent', message: /Shell>/ });
  first.serial.send('reset\r');
  assert.deepEqual(await first.ended, { kind: 'reset' });

  const second = await machine.boot();
  await second.serial.expect(/Shell/, FIRMWARE_SECONDS);
  assert.deepEqual(await second.powerOff(0.1), { kind: 'stopped' });
});

test('what QEMU complains of is told, and nothing is left', async () => {
  const busy = await makeMachine({
    disks: [],
    network: {
      kind: 'user',
      outbound: false,
      forwards: [
        { host: 1, guest: 80 },
        { host: 1, guest: 81 },
      ],
    },
    parent,
  });
  await assert.rejects(busy.boot(), { code: 'emulator-failed', message: /hostfwd|forwarding/ });
  await busy.close();
  await assert.rejects(makeMachine({ disks: [{ image: join(parent, 'absent.raw') }], parent }), { code: 'usage' });
  assert.ok(!readdirSync(parent).some((name) => name.startsWith('ashlar-vm-')));
});

test('the machine dies with the one that started it, even when that is killed', async () => {
  const module = new URL('../../src/vm/machine.ts', import.meta.url).href;
  const script = `
    const { makeMachine } = await import(${JSON.stringify(module)});
    const machine = await makeMachine({ disks: [], memory: 256, parent: ${JSON.stringify(parent)} });
    console.log((await machine.boot()).pid);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = Number(await new Promise((resolve) => child.stdout.once('data', resolve)));
  assert.ok(isAlive(pid));
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve));
});

/** True while the process runs; one that has ended and waits to be reaped does not. */
function isAlive(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
}
