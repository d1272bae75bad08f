/**
 * A machine over several starts, with people at its console: what they order, what holds a restart up, a release that must be undone without the help of its
 * agent, and, before all that, an EFI system partition that an interrupted write damaged. Its releases come from a disk that is plugged in like a stick.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { readEspFiles } from '../../src/agent/slots/esp-files.ts';
import { readSlotLayout } from '../../src/agent/slots/slot-layout.ts';
import { writeDiskImage } from '../../src/build/disk/write-disk-image.ts';
import { FAT_ENTRY_BYTES, SECTOR_BYTES } from '../../src/formats/fat/geometry.ts';
import { type DeviceReport, deviceReportSchema } from '../../src/model/device-report.ts';
import { BUILT_IN_ROOT_PATH, UPDATE_CONFIG_PATH } from '../../src/model/update-config.ts';
import { type GuestOutput, type GuestShell, guestShell } from '../../src/vm/guest-shell.ts';
import { type Machine, makeMachine } from '../../src/vm/machine.ts';
import { type GuestStarts, guestStarts } from '../../src/vm/preflight/guest-starts.ts';
import { makePrivateRepository } from '../../src/vm/preflight/private-repository.ts';
import { refusalOf } from '../../src/vm/preflight/refusal-of.ts';
import type { TriedRelease } from '../../src/vm/preflight/tried-release.ts';
import type { RunningMachine } from '../../src/vm/running-machine.ts';
import { shownOnSerial } from '../../src/vm/shown-on-serial.ts';
import { ModelDisk } from '../model/model-disk.ts';
import { DiskFile, writeCrashDisk } from './crash-disk.ts';
import { BOOT_SECONDS, COMMAND_SECONDS } from './deadlines.ts';
import { ONE_PROCESSOR } from './one-processor.ts';
import { ownFolder } from './own-folder.ts';
import { crashingRelease, updatableReleases } from './updatable-releases.ts';

/** Reading, writing and reading back an image, emulated, on a busy host. */
const INSTALL_SECONDS = 1800;
/** Down and up again; or a probation, as long as a health check that fails on a busy host makes it. */
const RESTART_SECONDS = 2 * BOOT_SECONDS;

/** Where the stick is mounted, and the repository on it. */
const STICK = '/run/stick';
const REPOSITORY = `${STICK}/repository`;

const END_OF_CHAIN = 0x0fff_ffff;
/** Free on a new ESP, whatever lies on it. */
const LOST_CLUSTER = 100_000;

let folder: string;
let disk: string;
let machine: Machine;
let running: RunningMachine;
let starts: GuestStarts;
let shell: GuestShell;
let versions: Record<'old' | 'good' | 'crashing', string>;
before(async () => {
  const { previous, release } = await updatableReleases();
  const crashing = await crashingRelease(previous);
  versions = {
    old: previous.manifest.version,
    good: release.manifest.version,
    crashing: crashing.manifest.version,
  };
  // On the store's disk: files of releases are linked.
  folder = mkdtempSync(join(ownFolder(), 'agent-orders-'));
  const stick = await stickWith([release, crashing]);
  disk = await damagedDiskOf(previous);
  machine = await makeMachine({
    disks: [{ image: disk, writes: 'direct', cache: 'unsafe' }, { image: stick }],
    // It reaches nothing, but who waits for the network need not wait in vain.
    network: { kind: 'user', outbound: false, forwards: [] },
    firmwareStrings: shownOnSerial(previous.manifest.boot.commandLine),
    parent: folder,
    ...ONE_PROCESSOR,
  });
});
after(async () => {
  await machine?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

async function stickWith(releases: readonly TriedRelease[]): Promise<string> {
  const place = join(folder, 'stick');
  mkdirSync(place);
  const { image } = await makePrivateRepository({ releases, channels: ['stable'], folder: place, now: new Date() });
  return image;
}

/** The disk as the factory writes it, but that its ESP has a cluster which belongs to nobody, in the first FAT only. */
async function damagedDiskOf({ manifest, directory }: TriedRelease): Promise<string> {
  const whole = join(folder, 'whole.raw');
  const damaged = join(folder, 'disk.raw');
  await writeDiskImage({ manifest, directory, out: whole, durable: false });
  using file = new DiskFile(whole);
  const model = new ModelDisk(statSync(whole).size, [file]);
  const { esp } = readSlotLayout(model);
  const { boot } = readEspFiles(model, esp).volume;
  assert.ok(boot.clusterCount > LOST_CLUSTER);
  const at = LOST_CLUSTER * FAT_ENTRY_BYTES;
  const place = esp.start + (boot.reservedSectors + Math.floor(at / SECTOR_BYTES)) * SECTOR_BYTES;
  const sector = model.read(place, SECTOR_BYTES);
  sector.writeUInt32LE(END_OF_CHAIN, at % SECTOR_BYTES);
  await writeCrashDisk(whole, new Map([[place / SECTOR_BYTES, sector]]), damaged);
  return damaged;
}

/** What is wrong with the ESP as it lies on the disk. */
function problemsOfEsp(): readonly string[] {
  using file = new DiskFile(disk);
  const model = new ModelDisk(statSync(disk).size, [file]);
  return readEspFiles(model, readSlotLayout(model).esp).volume.problems;
}

/** Waits for the next system. Returns its version. */
async function nextStart(seconds = RESTART_SECONDS): Promise<string> {
  const { status } = await starts.next(seconds);
  assert.ok(status.verified && status.readOnly);
  return status.version;
}

/** Takes over the console once more, and waits for the agent. */
async function sitDown(): Promise<void> {
  shell = await guestShell(running.serial, BOOT_SECONDS);
  await answers();
}

async function ordered(words: string, seconds = COMMAND_SECONDS): Promise<GuestOutput> {
  return shell.exec(`ashlar ${words}`, seconds);
}

async function report(): Promise<DeviceReport> {
  return deviceReportSchema.parse(JSON.parse(await shell.read('ashlar status --json', COMMAND_SECONDS)));
}

/** Waits until the guest's shell finds `condition` true. */
async function until(condition: string, seconds = BOOT_SECONDS): Promise<void> {
  await shell.until(condition, seconds);
}

const bootEntries = (): Promise<string> => shell.read('ls /efi/EFI/Linux', COMMAND_SECONDS);
const answers = (): Promise<void> => until('ashlar status >/dev/null 2>&1');

/**
 * Plugs the stick in, and lets the device trust who signed it until the next start. With `configured` it is the repository that the device asks by itself, and a
 * restart waits long for whoever is logged in.
 */
async function plugIn(configured: boolean): Promise<void> {
  const changed = [
    `s,/nowhere,${REPOSITORY},`,
    's,"checkEverySeconds": [0-9]*,"checkEverySeconds": 86400,',
    's,"waitForLoginsSeconds": 0,"waitForLoginsSeconds": 86400,',
  ];
  const configure = [
    `sed ${changed.map((change) => `-e '${change}'`).join(' ')} ${UPDATE_CONFIG_PATH} >/run/update.json`,
    `mount --bind /run/update.json ${UPDATE_CONFIG_PATH}`,
  ];
  const commands = [
    'systemctl stop ashlar-agent.service',
    'rm -rf /var/lib/ashlar/trust',
    `mkdir ${STICK}`,
    `mount -t erofs -o ro,nosuid,nodev,noexec /dev/vdb ${STICK}`,
    `mount --bind ${REPOSITORY}/metadata/1.root.json ${BUILT_IN_ROOT_PATH}`,
    ...(configured ? configure : []),
    'systemctl start ashlar-agent.service',
  ];
  await shell.read(commands.join(' && '), COMMAND_SECONDS);
  await answers();
}

test('an EFI system partition that was damaged is repaired by the agent, in its sandbox', async () => {
  assert.deepEqual(problemsOfEsp(), ['1 clusters belong to no file', 'the two copies of the FAT differ']);
  running = await machine.boot();
  starts = guestStarts(running);
  assert.equal(await nextStart(), versions.old);
  await sitDown();
  const log = await shell.read('journalctl --boot --unit ashlar-agent.service --output cat --no-pager');
  assert.match(log, /repaired the EFI system partition/);
  assert.deepEqual(problemsOfEsp(), []);
  assert.equal(await bootEntries(), `shop_${versions.old}.efi`);
});

test('a pinned device has nothing newer; up to what it is pinned to, there is', async () => {
  await shell.read('ashlar pin --reason "the season"', COMMAND_SECONDS);
  await plugIn(true);
  const none = await ordered('update --check');
  assert.equal(none.status, 4, none.output);
  assert.match(none.output, /the device is pinned to 1\.0\.0: the season/);
  await shell.read(`ashlar pin ${versions.good}`, COMMAND_SECONDS);
  const some = await ordered('update --check');
  assert.equal(some.status, 0, some.output);
  assert.match(some.output, /2\.0\.0 can be installed into slot 1/);
  assert.equal((await report()).generations.length, 1);
});

test('what is only downloaded stays where it is, whatever the agent looks for by itself', async () => {
  const { status, output } = await ordered('update --download-only', INSTALL_SECONDS);
  assert.equal(status, 0, output);
  assert.match(output, /2\.0\.0 is installed beside it and waits for “ashlar update”/);
  const { updates } = await report();
  await shell.read('systemctl restart ashlar-agent.service', COMMAND_SECONDS);
  const lastAnswer = `ashlar status --json | sed -n 's/.*"lastAnswer":"\\([^"]*\\)".*/\\1/p'`;
  await until(`${lastAnswer} | grep -qv '^${updates?.lastAnswer}$'`);
  const { phase, summary } = await report();
  assert.equal(phase, 'staged');
  assert.match(summary, /waits for “ashlar update”/);
  assert.equal(await bootEntries(), `shop_${versions.old}.efi`);
});

test('who is logged in holds a restart up; --now overrides that, and no lock', async () => {
  const waiting = await ordered('update', INSTALL_SECONDS);
  assert.equal(waiting.status, 0, waiting.output);
  assert.match(waiting.output, /root \(ttyS0\) logged in; at \S+ that counts no more/);
  assert.match((await ordered('status')).output, /next +the machine restarts when it may: root \(ttyS0\) logged in/);
  assert.equal(await bootEntries(), `shop_${versions.old}.efi\nshop_${versions.good}+3.efi`);

  const lock = 'systemd-inhibit --what=shutdown --who=backup --why="it is being written" sleep infinity';
  await shell.read(`systemd-run --quiet --unit=backup ${lock}`, COMMAND_SECONDS);
  await until('systemd-inhibit --list | grep -q backup');
  const locked = await ordered('update --now');
  assert.equal(locked.status, 0, locked.output);
  assert.match(locked.output, /backup: it is being written forbids a restart/);
  const { phase, waiting: reasons } = await report();
  assert.equal(phase, 'armed');
  assert.deepEqual(
    reasons.map(({ code }) => code),
    ['inhibited'],
  );
  await shell.read('systemctl stop backup.service', COMMAND_SECONDS);
  assert.equal(await nextStart(), versions.good);
  await sitDown();
});

test('`ashlar rollback` goes back where it is meant to, and nowhere else', async () => {
  await until(`ashlar status --json | grep -q '"phase":"proven"'`, RESTART_SECONDS);
  const elsewhere = await ordered('rollback --to 9.9');
  assert.equal(elsewhere.status, 1);
  assert.match(elsewhere.output, /\[no-way-back\] .*\n.*It can go back to 1\.0\.0/);
  const order = `ashlar rollback --to ${versions.old} --reason "login is slow"`;
  const back = await Promise.race([nextStart(), refusalOf(shell, order, COMMAND_SECONDS)]);
  assert.equal(back, versions.old);
  await sitDown();
  const { quarantine, lastFailure } = await report();
  assert.deepEqual(
    quarantine.map(({ generation, cause }) => [generation.version, cause.kind]),
    [[versions.good, 'operator']],
  );
  assert.match(lastFailure?.cause.summary ?? '', /login is slow/);
});

test('a release whose agent ends at once is undone by systemd, in time', async () => {
  await plugIn(false);
  await shell.read('ashlar unpin', COMMAND_SECONDS);
  const order = `ashlar update --now --from ${REPOSITORY}`;
  const first = await Promise.race([nextStart(INSTALL_SECONDS), refusalOf(shell, order, INSTALL_SECONDS)]);
  // On a busy host the deadline may pass before the system is up.
  assert.equal(first === versions.crashing ? await nextStart() : first, versions.old);
  await sitDown();
  await until(`ashlar status --json | grep -q '"report":'`);
  const { running: runs, phase, quarantine, lastFailure } = await report();
  assert.equal(runs.version, versions.old);
  assert.ok(phase === 'proven' || phase === 'checking', phase);
  const cause = quarantine.find(({ generation }) => generation.version === versions.crashing)?.cause;
  assert.equal(cause?.kind, 'deadline');
  assert.equal(lastFailure?.generation.version, versions.crashing);
  assert.match((await ordered('status')).output, /3\.0\.0: the deadline of the probation passed/);

  await plugIn(false);
  const again = await ordered(`update --check --from ${REPOSITORY}`);
  assert.equal(again.status, 4, again.output);
  assert.match(again.output, /3\.0\.0: .*set aside/);
});
