/** The agent at rest on a device: what it takes, what it answers, and that it comes back when it is killed. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import type * as z from 'zod';
import { doctorReportSchema } from '../../src/agent/socket/agent-api.ts';
import { writeDiskImage } from '../../src/build/disk/write-disk-image.ts';
import { deviceReportSchema } from '../../src/model/device-report.ts';
import { type GuestShell, guestShell } from '../../src/vm/guest-shell.ts';
import { type Machine, makeMachine } from '../../src/vm/machine.ts';
import { shownOnSerial } from '../../src/vm/shown-on-serial.ts';
import { BOOT_SECONDS, COMMAND_SECONDS } from './deadlines.ts';
import { ONE_PROCESSOR } from './one-processor.ts';
import { ownFolder } from './own-folder.ts';
import { updatableReleases } from './updatable-releases.ts';

/** What the agent may take of a device's memory while nothing goes on. */
const REST_KIBIBYTES = 80_000;

let folder: string;
let machine: Machine;
let shell: GuestShell;
before(async () => {
  const { previous } = await updatableReleases();
  folder = mkdtempSync(join(ownFolder(), 'agent-'));
  const disk = join(folder, 'disk.raw');
  await writeDiskImage({ manifest: previous.manifest, directory: previous.directory, out: disk, durable: false });
  machine = await makeMachine({
    disks: [{ image: disk, writes: 'direct', cache: 'unsafe' }],
    firmwareStrings: shownOnSerial(previous.manifest.boot.commandLine),
    watchdog: true,
    parent: folder,
    ...ONE_PROCESSOR,
  });
  const running = await machine.boot();
  await running.serial.expect(/ashlar-status: image=\S+ version=\S+ verified=yes/, BOOT_SECONDS);
  shell = await guestShell(running.serial, BOOT_SECONDS);
  await untilAnswered();
});
after(async () => {
  await machine?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** Waits until the agent has found out where the device is. */
async function untilAnswered(): Promise<void> {
  await shell.until('ashlar status --json >/dev/null 2>&1', BOOT_SECONDS);
}

async function told<Told>(schema: z.ZodType<Told>, verb: string): Promise<Told> {
  const { output } = await shell.exec(`ashlar ${verb} --json`, COMMAND_SECONDS);
  return schema.parse(JSON.parse(output));
}

test('it says what runs, and that it is verified', async () => {
  const report = await told(deviceReportSchema, 'status');
  assert.equal(report.phase === 'checking' ? 'proven' : report.phase, 'proven');
  assert.equal(report.verified.root, true);
  assert.deepEqual(
    report.generations.map(({ standing, running, next }) => ({ standing, running, next })),
    [{ standing: 'proven', running: true, next: true }],
  );
});

test('the boot image started the watchdog with time for systemd to take it over', async () => {
  assert.match(await shell.read('dmesg', COMMAND_SECONDS), /i6300.*heartbeat=120/i);
});

test('it takes no more memory at rest than it may', async (t) => {
  const pid = 'systemctl show --property=MainPID --value ashlar-agent.service';
  const used = await shell.read(`grep ^Pss: /proc/$(${pid})/smaps_rollup`, COMMAND_SECONDS);
  const kibibytes = Number(/\d+/.exec(used)?.[0]);
  t.diagnostic(`${kibibytes} KiB PSS`);
  assert.ok(kibibytes > 0 && kibibytes <= REST_KIBIBYTES, used);
});

test('the doctor finds all good but the repository, which is nowhere', async () => {
  const { healthy, examinations } = await told(doctorReportSchema, 'doctor');
  assert.equal(healthy, false);
  const bad = examinations.filter(({ verdict }) => verdict === 'bad');
  assert.deepEqual(
    bad.map(({ name }) => name),
    ['repository'],
    JSON.stringify(bad),
  );
  assert.equal((await shell.exec('ashlar doctor', COMMAND_SECONDS)).status, 3);
});

test('what cannot be done is said, with the exit code for it', async () => {
  const update = await shell.exec('ashlar update', COMMAND_SECONDS);
  assert.equal(update.status, 1);
  assert.match(update.output, /There is no directory \/nowhere/);
  const rollback = await shell.exec('ashlar rollback', COMMAND_SECONDS);
  assert.equal(rollback.status, 1);
  assert.match(rollback.output, /\[no-way-back\]/);
  assert.equal((await shell.exec('ashlar pin 1 2 3', COMMAND_SECONDS)).status, 2);
  const nobody = await shell.exec('setpriv --reuid=65534 --clear-groups ashlar status', COMMAND_SECONDS);
  assert.match(nobody.output, /answers root alone/);
});

test('a second agent is refused', async () => {
  const second = await shell.exec('/usr/lib/ashlar/node /usr/lib/ashlar/agent.mjs daemon', COMMAND_SECONDS);
  assert.equal(second.status, 1);
  assert.match(second.output, /An agent runs already/);
});

test('killed, it is started again and knows what it knew', async () => {
  await shell.read('ashlar pin --reason "a test"', COMMAND_SECONDS);
  await shell.read('systemctl kill --signal=SIGKILL ashlar-agent.service', COMMAND_SECONDS);
  await untilAnswered();
  const report = await told(deviceReportSchema, 'status');
  assert.equal(report.pin?.reason, 'a test');
  assert.match(await shell.read('systemctl show --property=NRestarts ashlar-agent.service', COMMAND_SECONDS), /=1$/);
});
