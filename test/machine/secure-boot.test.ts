/**
 * Firmware that enforces Secure Boot with our keys: what is signed starts, and nothing that was put on the unsigned parts of the disk does. One
 * machine lives through it all: its firmware's variables stay, its disks change.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { espFiles } from '../../src/build/disk/esp-files.ts';
import { type SecureBootDisk, secureBootDisk } from '../../src/build/disk/secure-boot-disk.ts';
import { writeDiskImage } from '../../src/build/disk/write-disk-image.ts';
import { encodeLoadOption } from '../../src/formats/efi/load-option.ts';
import type { FatFile } from '../../src/formats/fat/write-fat32.ts';
import { withoutSignatures } from '../../src/formats/pe/image-signatures.ts';
import { parsePe } from '../../src/formats/pe/parse-pe.ts';
import { samplePe } from '../../src/formats/pe/sample-pe.fixture.ts';
import { readEnrolment } from '../../src/trust/secure-boot/read-enrolment.ts';
import { readSecureBootSigner } from '../../src/trust/secure-boot/read-secure-boot-signer.ts';
import { rotateSecureBootKey } from '../../src/trust/secure-boot/rotate-secure-boot-key.ts';
import { type SampleKeys, sampleKeys } from '../../src/trust/secure-boot/sample-keys.fixture.ts';
import { signBootImage } from '../../src/trust/secure-boot/sign-boot-image.ts';
import { type GuestShell, guestShell } from '../../src/vm/guest-shell.ts';
import { type Machine, makeMachine } from '../../src/vm/machine.ts';
import type { RunningMachine } from '../../src/vm/running-machine.ts';
import { BOOT_SECONDS } from './deadlines.ts';
import { espOfDisk, rewriteEsp } from './esp-of-disk.ts';
import { type ExampleRelease, exampleRelease } from './example-release.ts';
import { ONE_PROCESSOR } from './one-processor.ts';

const LOADER = 'EFI/systemd/systemd-bootx64.efi';
const DATABASES = 'd719b2cb-3d3a-4596-a3bc-dad00e67656f';
const SECTOR_BYTES = 512;
const LOADER_VENDOR = '4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';
const GLOBAL = '8be4df61-93ca-11d2-aa0d-00e098032b8c';
/** `status` on the console: how much of the boot chain is enforced. */
const UP = /ashlar-status: image=minimal version=(\S+) verified=yes read-only=yes boot-chain=(enforced|not-enforced)/;
/** Arguments that somebody would like the kernel to have. */
const BY_FIRMWARE = 'ashlar.by-firmware=1';
const BY_ADDON = 'ashlar.by-addon=1';
const BY_ENTRY = 'ashlar.by-entry=1';

let release: ExampleRelease;
let keys: SampleKeys;
let folder: string;
let disk: SecureBootDisk;
let variables: string;
before(async () => {
  [release, keys] = await Promise.all([exampleRelease('minimal'), sampleKeys()]);
  folder = mkdtempSync(join(tmpdir(), 'secure-boot-test-'));
  variables = join(folder, 'variables.fd');
  disk = await secureBootDisk(release.directory, release.manifest, keys.folder, keys.passphrase);
  await rotateSecureBootKey({ folder: keys.folder, name: 'Next', passphrase: keys.passphrase, now: new Date() });
});
after(() => {
  rmSync(folder, { recursive: true });
  keys?.[Symbol.dispose]();
  release?.[Symbol.dispose]();
});

/** What the disk has on its ESP as `ashlar image --enroll` writes it, or without the keys, and `more` beside it. */
function filesOfEsp(keysToo: 'with keys' | 'without keys', ...more: readonly FatFile[]): FatFile[] {
  const { uki, loader } = disk.manifest.boot;
  const files = espFiles(disk.manifest, {
    uki: disk.signed.get(uki.name)!,
    loader: disk.signed.get(loader.name)!,
    enrolment: keysToo === 'with keys' ? { mode: 'if-safe', files: disk.enrolment.files } : undefined,
  });
  return [...files, ...more];
}

/** A raw disk with the release in its first slot and these files on its ESP. */
async function diskWith(name: string, files: readonly FatFile[]): Promise<string> {
  const out = join(folder, name);
  await writeDiskImage({
    manifest: disk.manifest,
    directory: release.directory,
    signed: disk.signed,
    out,
    durable: false,
  });
  rewriteEsp(out, files);
  return out;
}

function signedUki(): Buffer {
  return disk.signed.get(disk.manifest.boot.uki.name)!;
}

/** The boot image of the release with another version, so that the loader prefers it; signatures no longer fit. */
function ukiOfVersion(version: string): Buffer {
  const uki = Buffer.from(withoutSignatures(signedUki()));
  const section = parsePe(uki).sections.find(({ name }) => name === '.osrel')!;
  const at = uki.indexOf(`IMAGE_VERSION=${disk.manifest.version}`, section.rawOffset, 'latin1');
  assert.ok(at > 0 && version.length === disk.manifest.version.length);
  uki.write(`IMAGE_VERSION=${version}`, at, 'latin1');
  return uki;
}

/** What the unsigned parts of a disk can try: an addon for the boot image, one for all of them, and an entry of its own. */
function attempts(): FatFile[] {
  const { boot, version } = disk.manifest;
  const addon = samplePe({
    sections: [
      { name: '.sbat', content: Buffer.from('sbat,1,SBAT Version,sbat,1,x\n') },
      { name: '.cmdline', content: Buffer.from(BY_ADDON) },
    ],
  });
  const entry = [
    'title first',
    'sort-key minimal',
    `version ${version}.1`,
    `efi /EFI/Linux/${boot.uki.name}`,
    `options ${boot.commandLine} ${BY_ENTRY}`,
  ];
  return [
    { path: `EFI/Linux/${boot.uki.name}.extra.d/more.addon.efi`, content: addon },
    { path: 'loader/addons/more.addon.efi', content: addon },
    { path: 'loader/entries/first.conf', content: Buffer.from(`${entry.join('\n')}\n`) },
  ];
}

const firmwareStrings = [`io.systemd.stub.kernel-cmdline-extra=${BY_FIRMWARE}`];

let machine: Machine;
let running: RunningMachine;
let shell: GuestShell;
after(async () => machine?.close());

/** Switches the one machine on, with another disk. */
async function switchOn(image: string): Promise<void> {
  await machine?.close();
  machine = await makeMachine({
    disks: [{ image }],
    secureBoot: true,
    firmwareVariables: variables,
    firmwareStrings,
    ...ONE_PROCESSOR,
  });
  running = await machine.boot();
}

test('firmware that enforces nothing lets a disk change the kernel command line: what follows is not for nothing', async () => {
  const image = await diskWith('open.raw', filesOfEsp('without keys', ...attempts()));
  await using open = await makeMachine({ disks: [{ image }], firmwareStrings, ...ONE_PROCESSOR });
  const booted = await open.boot();
  const [, , chain] = await booted.serial.expect(UP, BOOT_SECONDS);
  assert.equal(chain, 'not-enforced');
  const inside = await guestShell(booted.serial, BOOT_SECONDS);
  const commandLine = await inside.read('cat /proc/cmdline');
  for (const argument of [BY_FIRMWARE, BY_ENTRY]) assert.ok(commandLine.includes(argument), argument);
});

test('the loader enrols the keys, and the system comes up with its boot chain enforced', async () => {
  const next: FatFile = { path: 'next/db.auth', content: readEnrolment(keys.folder).files.get('db.auth')! };
  const image = await diskWith('first.raw', filesOfEsp('with keys', ...attempts(), next));
  await switchOn(image);
  await running.serial.expect(/Custom Secure Boot keys successfully enrolled/, BOOT_SECONDS);
  const [, version, chain] = await running.serial.expect(UP, BOOT_SECONDS);
  assert.deepEqual([version, chain], [disk.manifest.version, 'enforced']);
  shell = await guestShell(running.serial, BOOT_SECONDS);
  assert.match(await shell.read('/usr/lib/ashlar/status'), /boot chain +enforced by Secure Boot/);
});

test('then nothing on the disk adds to the kernel command line; the firmware’s own tables do, which are as trusted as the firmware', async () => {
  assert.equal(await shell.read('cat /proc/cmdline'), `${disk.manifest.boot.commandLine} ${BY_FIRMWARE}`);
});

test('the running system gives the firmware a new key, which KEK signed, and no other', async () => {
  await shell.read('mkdir -p /run/esp && mount -t vfat -o ro /dev/vda1 /run/esp');
  const db = `/sys/firmware/efi/efivars/db-${DATABASES}`;
  const put = (file: string): string =>
    `{ printf '\\047\\0\\0\\0'; cat ${file}; } >/run/db && chattr -i ${db} && cat /run/db >${db}`;
  const damaged = 'cp /run/esp/next/db.auth /run/damaged && printf x | dd of=/run/damaged bs=1 seek=1500 conv=notrunc';
  assert.notEqual((await shell.exec(`${damaged} && ${put('/run/damaged')}`)).status, 0);
  await shell.read(put('/run/esp/next/db.auth'));
  // Old news are refused: neither the same again, nor what the loader enrolled.
  assert.notEqual((await shell.exec(put('/run/esp/loader/keys/auto/db.auth'))).status, 0);
  await shell.read('umount /run/esp');
});

test('a new loader that was altered is refused, and the firmware starts the one that works', async () => {
  const esp = espOfDisk(join(folder, 'first.raw'));
  await shell.read('mount -t vfat /dev/vda1 /run/esp');
  await shell.read(`printf x | dd of=/run/esp/${LOADER} bs=1 seek=5000 conv=notrunc && umount /run/esp`);
  const option = encodeLoadOption({
    description: 'Next',
    partition: { number: 1, uuid: esp.uuid, start: esp.start / SECTOR_BYTES, sectors: esp.size / SECTOR_BYTES },
    path: LOADER,
  });
  for (const [name, value] of [
    ['Boot0042', option],
    ['BootNext', Buffer.from([0x42, 0])],
  ] as const) {
    const bytes = Buffer.concat([Buffer.from([7, 0, 0, 0]), value]).toString('base64');
    await shell.read(
      `echo ${bytes} | base64 -d >/run/value && cat /run/value >/sys/firmware/efi/efivars/${name}-${GLOBAL}`,
    );
  }
  await shell.exec('systemctl reboot', 5).catch(() => {});
  await running.serial.expect(/failed to load Boot0042 .*Access Denied/, BOOT_SECONDS);
  const [, , chain] = await running.serial.expect(UP, BOOT_SECONDS);
  assert.equal(chain, 'enforced');
});

test('an unsigned boot image and an altered one are refused, and the machine stays on what the new key signed', async () => {
  const next = readSecureBootSigner(keys.folder, 'db', keys.passphrase);
  const altered = await signBootImage(ukiOfVersion('4.0.0'), next);
  const commandLine = parsePe(altered).sections.find(({ name }) => name === '.cmdline')!;
  altered.write('x', commandLine.rawOffset, 'latin1');
  const entry = (name: string, content: Buffer): FatFile => ({ path: `EFI/Linux/minimal_${name}.efi`, content });
  const image = await diskWith(
    'refused.raw',
    filesOfEsp(
      'without keys',
      entry('4.0.0+1', altered),
      entry('3.0.0+1', ukiOfVersion('3.0.0')),
      entry('2.0.0', await signBootImage(ukiOfVersion('2.0.0'), next)),
    ),
  );
  await switchOn(image);
  // The firmware starts the loader again by itself, once; then it waits for somebody to switch the machine off and on.
  for (const version of ['4.0.0', '3.0.0']) {
    await running.serial.expect(new RegExp(`minimal_${version}.*: Access denied`), BOOT_SECONDS);
  }
  await running.serial.expect(/No bootable option or device was found/, BOOT_SECONDS);
  await running.reset();
  const [, , chain] = await running.serial.expect(UP, BOOT_SECONDS);
  assert.equal(chain, 'enforced');
  shell = await guestShell(running.serial, BOOT_SECONDS);
  const selected = `/sys/firmware/efi/efivars/LoaderEntrySelected-${LOADER_VENDOR}`;
  assert.equal(await shell.read(`cat ${selected} | tail -c +5 | tr -d '\\0'`), 'minimal_2.0.0.efi');
});
