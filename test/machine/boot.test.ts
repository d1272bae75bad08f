/** Starts that must not succeed and what they leave behind; the first start, one after a power cut, one on a disk that has grown. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, copyFileSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { diskLayout } from '../../src/build/disk/disk-layout.ts';
import { encodePartitionTable } from '../../src/formats/gpt/encode-table.ts';
import { uuid } from '../../src/formats/uuid.ts';
import { findEmulator } from '../../src/vm/emulator.ts';
import { type GuestShell, guestShell } from '../../src/vm/guest-shell.ts';
import { type Machine, makeMachine } from '../../src/vm/machine.ts';
import type { RunningMachine } from '../../src/vm/running-machine.ts';
import { BOOT_SECONDS } from './deadlines.ts';
import { type ExampleRelease, exampleRelease } from './example-release.ts';
import { ONE_PROCESSOR } from './one-processor.ts';

const STATUS = /ashlar-status: image=minimal version=\S+ verified=yes/;
const MEBIBYTE = 1024 ** 2;
const GROWTH_BYTES = 512 * MEBIBYTE;

let release: ExampleRelease;
let folder: string;
let firmwareVariables: string;
before(async () => {
  release = await exampleRelease('minimal');
  folder = mkdtempSync(join(tmpdir(), 'boot-test-'));
  firmwareVariables = join(folder, 'variables.fd');
  copyFileSync(findEmulator('amd64').firmwareVariables, firmwareVariables);
});
after(() => {
  rmSync(folder, { recursive: true });
  release?.[Symbol.dispose]();
});

test('restarts, and says why, when two disks have the same root', async () => {
  await using machine = await makeMachine({
    disks: [{ image: release.disk }, { image: release.disk }],
    ...ONE_PROCESSOR,
  });
  const running = await machine.boot();
  const [, devices] = await running.serial.expect(
    /ashlar: cannot boot: two partitions have the same UUID, \S+ or \S+: (.+?)\. Restarting/,
    BOOT_SECONDS,
  );
  assert.equal(devices, 'vda2 vdb2 vda3 vdb3');
  assert.equal((await running.expectEvent('reset', BOOT_SECONDS)).by, 'guest');
});

test('restarts, and says why, when the hash tree is not there', async () => {
  const disk = join(folder, 'damaged.raw');
  copyFileSync(release.disk, disk);
  renamePartition(disk, 2);
  await using machine = await makeMachine({ disks: [{ image: disk }], firmwareVariables, ...ONE_PROCESSOR });
  const running = await machine.boot();
  await running.serial.expect(/ashlar: cannot boot: no partition has the UUID/, BOOT_SECONDS);
  assert.equal((await running.expectEvent('reset', BOOT_SECONDS)).by, 'guest');
});

/** Gives the partition at `index` of the table another UUID. */
function renamePartition(disk: string, index: number): void {
  const { table } = diskLayout(release.manifest);
  const partitions = table.partitions.map((partition, at) =>
    at === index && partition !== undefined
      ? { ...partition, uuid: uuid('00000000-0000-4000-8000-000000000000') }
      : partition,
  );
  const file = openSync(disk, 'r+');
  for (const { offset, bytes } of Object.values(encodePartitionTable({ ...table, partitions }))) {
    writeSync(file, bytes, 0, bytes.length, offset);
  }
  closeSync(file);
}

let machine: Machine;
let running: RunningMachine;
let shell: GuestShell;
let varBytes: number;
after(async () => machine?.close());

const sizeOfVar = async (): Promise<number> =>
  Number(await shell.read('findmnt -bno SIZE /var')) || assert.fail('/var has no size');

test('the next system that starts finds the reason', async () => {
  machine = await makeMachine({ disks: [{ image: release.disk }], firmwareVariables, ...ONE_PROCESSOR });
  running = await machine.boot();
  await running.serial.expect(STATUS, BOOT_SECONDS);
  shell = await guestShell(running.serial, BOOT_SECONDS);
  const reason = await shell.read('cat /sys/firmware/efi/efivars/AshlarBootFailure-* | tail -c +5');
  assert.match(reason, new RegExp(`^roothash=${release.manifest.root.hash} no partition has the UUID`));
});

test('the first start makes /var in the room that is left, and touches no other partition', async () => {
  const { table } = diskLayout(release.manifest);
  const listed = await shell.read('partx --raw --noheadings --output START,SECTORS,UUID /dev/vda');
  const lines = listed.split('\n').map((line) => line.trim().split(/\s+/));
  assert.deepEqual(
    lines.slice(0, -1),
    table.partitions.map((partition) => [
      String(partition!.start / 512),
      String(partition!.size / 512),
      partition!.uuid,
    ]),
  );
  varBytes = await sizeOfVar();
  assert.ok(Number(lines.at(-1)?.[1]) * 512 >= release.manifest.disk.varBytes);
  assert.equal(await shell.read('findmnt -no FSTYPE,OPTIONS /var | grep -c "ext4.*nosuid,nodev"'), '1');
});

test('a power cut and a larger disk: /var is checked, grown, and keeps what it held', async () => {
  await shell.read('echo kept >/var/probe && sync /var/probe');
  const machineId = await shell.read('cat /etc/machine-id');
  await running.kill();
  const [disk] = machine.disks;
  execFileSync('qemu-img', ['resize', '-q', '-f', disk!.format, disk!.file, `+${GROWTH_BYTES}`]);
  running = await machine.boot();
  await running.serial.expect(STATUS, BOOT_SECONDS);
  shell = await guestShell(running.serial, BOOT_SECONDS);
  assert.match(await shell.read('cat /run/ashlar/boot.log'), /recovering journal/);
  assert.equal(await shell.read('cat /var/probe'), 'kept');
  assert.equal(await shell.read('cat /etc/machine-id'), machineId);
  const grown = (await sizeOfVar()) - varBytes;
  assert.ok(grown > GROWTH_BYTES * 0.9, `/var has grown by ${grown} bytes`);
});
