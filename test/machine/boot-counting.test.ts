/**
 * Boot counting, with the real systemd-boot under OVMF as the judge (UAPI Boot Loader Specification, “Boot counting”): entries of the same
 * release under another version, in which the root is missing or not.
 */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { type BuiltRelease, buildRelease } from '../../src/build/build-release.ts';
import { espFiles } from '../../src/build/disk/esp-files.ts';
import { writeDiskImage } from '../../src/build/disk/write-disk-image.ts';
import { openImage } from '../../src/build/verify/open-image.ts';
import { type FatNode, readFat32 } from '../../src/formats/fat/read-fat32.ts';
import type { DefinitionInput } from '../../src/model/definition/definition-input.ts';
import { documentBytes } from '../../src/model/manifest.ts';
import { SILENT } from '../../src/model/progress.ts';
import { openStore } from '../../src/store/store.ts';
import { type GuestShell, guestShell } from '../../src/vm/guest-shell.ts';
import { makeMachine } from '../../src/vm/machine.ts';
import type { RunningMachine } from '../../src/vm/running-machine.ts';
import { BOOT_SECONDS } from './deadlines.ts';
import { espOfDisk, rewriteEsp } from './esp-of-disk.ts';
import { ONE_PROCESSOR } from './one-processor.ts';
import { ownFolder } from './own-folder.ts';

const MISSING_ROOT = '0123456789abcdef'.repeat(4);
const STATUS = /ashlar-status: image=counted version=1\.0\.0 verified=yes/;
const CANNOT_BOOT = /ashlar: cannot boot: no partition has the UUID/;
const GIVEN_UP = /ashlar: cannot boot: this root was started 3 times .*; counted_1\.0\.0\.efi is started instead/;
const LOADER_VENDOR = '4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';

/**
 * A system with updates whose agent never starts: it would take an entry of a version that it has not installed for a leftover, and remove it. The
 * loader is on trial here, and the units.
 */
const DEFINITION: DefinitionInput = {
  name: 'counted',
  version: '1.0.0',
  base: { suite: 'trixie' },
  services: { mask: ['ashlar-agent.service'] },
  updates: { trust: 'root.json' },
  console: { serial: true, login: 'root-autologin' },
};
const ROOT_OF_TRUST = new URL('../../examples/appliance/root.json', import.meta.url);

let release: BuiltRelease;
let pristine: string;
let folder: string;
before(async () => {
  const store = openStore();
  const out = ownFolder();
  const place = join(out, 'counted-definition');
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'os.json'), documentBytes(DEFINITION));
  copyFileSync(ROOT_OF_TRUST, join(place, 'root.json'));
  release = await buildRelease(place, { out, store, frozen: false, progress: SILENT });
  folder = mkdtempSync(join(out, 'boot-counting-'));
  pristine = join(folder, 'pristine.raw');
  await writeDiskImage({ manifest: release.manifest, directory: release.directory, out: pristine, durable: false });
});
after(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

/** The release's boot image as that of version 2.0.0, which the loader prefers; with another root hash when one is given. */
function asVersionTwo(rootHash = release.manifest.root.hash as string): Buffer {
  const replaced = (bytes: Buffer, from: string, to: string): Buffer => {
    assert.equal(from.length, to.length);
    const at = bytes.indexOf(from);
    assert.ok(at > 0, `the boot image says ${from}`);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(to), bytes.subarray(at + from.length)]);
  };
  const uki = readFileSync(join(release.directory, release.manifest.boot.uki.name));
  const two = replaced(uki, 'IMAGE_VERSION=1.0.0', 'IMAGE_VERSION=2.0.0');
  return replaced(two, `roothash=${release.manifest.root.hash}`, `roothash=${rootHash}`);
}

/** A disk of the release that has `entries` beside its own entry. */
function diskWith(entries: Readonly<Record<string, Buffer>>): string {
  const disk = join(folder, 'disk.raw');
  copyFileSync(pristine, disk);
  const { manifest, directory } = release;
  const content = (name: string): Buffer => readFileSync(join(directory, name));
  const own = { loader: content(manifest.boot.loader.name), uki: content(manifest.boot.uki.name) };
  const more = Object.entries(entries).map(([name, uki]) => ({ path: `EFI/Linux/${name}`, content: uki }));
  rewriteEsp(disk, [...espFiles(manifest, own), ...more]);
  return disk;
}

/** The names in `EFI/Linux` of the raw disk at `path`, sorted. */
function entriesOf(path: string): string[] {
  const disk = openImage(path);
  try {
    const esp = espOfDisk(path);
    const { root } = readFat32((offset, bytes) => disk.readAt(esp.start + offset, bytes), esp.size);
    const child = (node: FatNode | undefined, name: string): FatNode | undefined =>
      node?.type === 'directory' ? node.children.find((each) => each.name === name) : undefined;
    const linux = child(child(root, 'EFI'), 'Linux');
    return linux?.type === 'directory' ? linux.children.map(({ name }) => name).sort() : [];
  } finally {
    disk.close();
  }
}

/** Boots a machine that writes to `disk` itself, lets `use` have it and pulls the plug. */
async function onMachine(disk: string, use: (running: RunningMachine) => Promise<void>): Promise<void> {
  const disks = [{ image: disk, writes: 'direct' }] as const;
  await using machine = await makeMachine({ disks, watchdog: true, ...ONE_PROCESSOR });
  const running = await machine.boot();
  await use(running);
  await running.kill();
}

/** The loader's name of an entry has no counter (seen with systemd 257). */
const selectedEntry = (shell: GuestShell): Promise<string> =>
  shell.read(`cat /sys/firmware/efi/efivars/LoaderEntrySelected-${LOADER_VENDOR} | tail -c +5 | tr -d '\\000'`);

test('an entry whose root is missing is counted down, and after its last try the other comes up', async () => {
  const disk = diskWith({ 'counted_2.0.0+2.efi': asVersionTwo(MISSING_ROOT) });
  await onMachine(disk, async ({ serial }) => {
    for (const _ of [1, 2]) await serial.expect(CANNOT_BOOT, BOOT_SECONDS);
    await serial.expect(STATUS, BOOT_SECONDS);
  });
  assert.deepEqual(entriesOf(disk), ['counted_1.0.0.efi', 'counted_2.0.0+0-2.efi']);
});

test('a proven entry that cannot be started any more is left after its third start', async () => {
  const disk = diskWith({ 'counted_2.0.0.efi': asVersionTwo(MISSING_ROOT) });
  await onMachine(disk, async (running) => {
    for (const _ of [1, 2, 3]) await running.serial.expect(CANNOT_BOOT, BOOT_SECONDS);
    await running.serial.expect(GIVEN_UP, BOOT_SECONDS);
    const shell = await guestShell(running.serial, BOOT_SECONDS);
    assert.equal(await selectedEntry(shell), 'counted_1.0.0.efi');
  });
});

test('only a verdict blesses; a deadline without one goes back, and leaves evidence', async () => {
  const disk = diskWith({ 'counted_2.0.0+3.efi': asVersionTwo() });
  await onMachine(disk, async (running) => {
    const shell = await guestShell(running.serial, BOOT_SECONDS);
    assert.equal(await selectedEntry(shell), 'counted_2.0.0.efi');
    assert.equal(await shell.read('ls /efi/EFI/Linux'), 'counted_1.0.0.efi\ncounted_2.0.0+2-1.efi');
    assert.notEqual((await shell.exec('systemctl start systemd-bless-boot.service')).status, 0);
    assert.match(await shell.read('ls /efi/EFI/Linux'), /counted_2\.0\.0\+2-1\.efi/);

    const boot = await shell.read(
      'cat /proc/sys/kernel/random/boot_id; systemctl start --no-block ashlar-deadline.service',
    );
    await running.expectEvent('reset', BOOT_SECONDS);
    const again = await guestShell(running.serial, BOOT_SECONDS);
    assert.equal(await selectedEntry(again), 'counted_1.0.0.efi');
    assert.equal(await again.read('cat /var/lib/ashlar/deadline-passed'), `${boot} ${release.manifest.root.hash}`);
  });
  assert.deepEqual(entriesOf(disk), ['counted_1.0.0.efi', 'counted_2.0.0+0-1.efi']);
});

test('a good entry is blessed', async () => {
  const disk = diskWith({ 'counted_2.0.0+3.efi': asVersionTwo() });
  await onMachine(disk, async (running) => {
    const shell = await guestShell(running.serial, BOOT_SECONDS);
    await shell.read('touch /run/ashlar/healthy');
    await shell.read('systemctl start systemd-bless-boot.service');
    assert.equal(await shell.read('ls /efi/EFI/Linux'), 'counted_1.0.0.efi\ncounted_2.0.0.efi');
    // The loader's own mark of the partition, the watchdog and the marker of a clean end are there as well.
    assert.equal(
      await shell.read("findmnt --noheadings --output FSTYPE,OPTIONS /efi | grep -o 'vfat.*nosuid,nodev,noexec'"),
      'vfat   rw,nosuid,nodev,noexec',
    );
    assert.equal(await shell.read('systemctl show --property=RuntimeWatchdogUSec --value'), '1min');
    assert.equal(await shell.read('cat /sys/class/watchdog/watchdog0/state'), 'active');
    assert.equal((await running.powerOff(BOOT_SECONDS)).kind, 'powered-off');
  });
  assert.deepEqual(entriesOf(disk), ['counted_1.0.0.efi', 'counted_2.0.0.efi']);
});
