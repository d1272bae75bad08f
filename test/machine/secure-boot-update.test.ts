/**
 * A device whose firmware enforces Secure Boot is offered a release that nobody signed for it, and then one that its owner did: its agent refuses the first before
 * anything has changed, and the second becomes what runs.
 */
import assert from 'node:assert/strict';
import { copyFileSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { secureBootDisk } from '../../src/build/disk/secure-boot-disk.ts';
import { writeDiskImage } from '../../src/build/disk/write-disk-image.ts';
import { readSecureBootSigner } from '../../src/trust/secure-boot/read-secure-boot-signer.ts';
import { type SampleKeys, sampleKeys } from '../../src/trust/secure-boot/sample-keys.fixture.ts';
import { signRelease } from '../../src/trust/secure-boot/sign-release.ts';
import { copyDisk } from '../../src/vm/copy-disk.ts';
import { guestShell } from '../../src/vm/guest-shell.ts';
import { type Machine, makeMachine } from '../../src/vm/machine.ts';
import { HARNESS_KERNEL_ARGUMENT, harnessOf } from '../../src/vm/preflight/harness.ts';
import { makePrivateRepository } from '../../src/vm/preflight/private-repository.ts';
import { readTriedRelease, type TriedRelease } from '../../src/vm/preflight/tried-release.ts';
import { writeVarFiles } from '../../src/vm/preflight/var-files.ts';
import { shownOnSerial } from '../../src/vm/shown-on-serial.ts';
import { BOOT_SECONDS } from './deadlines.ts';
import { ONE_PROCESSOR } from './one-processor.ts';
import { ownFolder } from './own-folder.ts';
import { updatableReleases } from './updatable-releases.ts';

/** Reading, writing and reading back an image, emulated, on a busy host. */
const UPDATE_SECONDS = 1800;
const STOP_SECONDS = 300;

let keys: SampleKeys;
let folder: string;
let previous: TriedRelease;
let release: TriedRelease;
before(async () => {
  keys = await sampleKeys();
  ({ previous, release } = await updatableReleases());
  // On the store's disk: files of releases are linked.
  folder = mkdtempSync(join(ownFolder(), 'secure-boot-update-'));
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
  keys?.[Symbol.dispose]();
});

/** The release as publishing with our keys makes it. */
async function signed(tried: TriedRelease): Promise<TriedRelease> {
  const directory = join(folder, `signed-${tried.manifest.version}`);
  mkdirSync(directory);
  const { files } = await signRelease(tried, readSecureBootSigner(keys.folder, 'db', keys.passphrase));
  for (const name of readdirSync(tried.directory)) {
    if (!files.has(name)) linkSync(join(tried.directory, name), join(directory, name));
  }
  for (const [name, bytes] of files) writeFileSync(join(directory, name), bytes);
  return readTriedRelease(directory);
}

/** A device that has enrolled our keys, come up once and been switched off. */
async function installed(): Promise<{ readonly disk: string; readonly firmwareVariables: string }> {
  const place = { disk: join(folder, 'installed.raw'), firmwareVariables: join(folder, 'installed.fd') };
  const own = await secureBootDisk(previous.directory, previous.manifest, keys.folder, keys.passphrase);
  await writeDiskImage({
    manifest: own.manifest,
    directory: previous.directory,
    signed: own.signed,
    enrolment: { mode: 'if-safe', files: own.enrolment.files },
    out: place.disk,
    durable: false,
  });
  await using machine = await machineOf(place);
  const running = await machine.boot();
  await running.serial.expect(up(previous), BOOT_SECONDS);
  assert.equal((await running.powerOff(STOP_SECONDS)).kind, 'powered-off');
  return place;
}

function machineOf(
  { disk, firmwareVariables }: { readonly disk: string; readonly firmwareVariables: string },
  repository?: string,
): Promise<Machine> {
  return makeMachine({
    disks: [
      { image: disk, writes: 'direct', cache: 'unsafe' },
      ...(repository === undefined ? [] : [{ image: repository }]),
    ],
    secureBoot: true,
    firmwareVariables,
    secondSerial: true,
    firmwareStrings: shownOnSerial(
      previous.manifest.boot.commandLine,
      repository === undefined ? [] : [HARNESS_KERNEL_ARGUMENT],
    ),
    watchdog: true,
    parent: folder,
    ...ONE_PROCESSOR,
  });
}

function up({ manifest }: TriedRelease): RegExp {
  return new RegExp(
    `ashlar-status: image=${manifest.name} version=${manifest.version} verified=yes read-only=yes boot-chain=enforced`,
  );
}

/** A copy of the device whose repository offers `offered`, switched on. */
async function offering(
  device: Awaited<ReturnType<typeof installed>>,
  name: string,
  offered: TriedRelease,
): Promise<Machine> {
  const own = { disk: join(folder, `${name}.raw`), firmwareVariables: join(folder, `${name}.fd`) };
  mkdirSync(join(folder, name));
  const repository = await makePrivateRepository({
    releases: [offered],
    channels: ['stable'],
    folder: join(folder, name),
    now: new Date(),
  });
  await copyDisk(device.disk, own.disk, undefined);
  copyFileSync(device.firmwareVariables, own.firmwareVariables);
  await writeVarFiles(own.disk, harnessOf([previous, release], repository.root));
  return machineOf(own, repository.image);
}

test('an enforcing device takes a signed release, and refuses one that its firmware would not start', async (t) => {
  const device = await installed();

  await t.test('not signed: refused while nothing has changed', async () => {
    await using machine = await offering(device, 'unsigned', release);
    const running = await machine.boot();
    await running.serial.expect(up(previous), BOOT_SECONDS);
    const shell = await guestShell(running.secondSerial, BOOT_SECONDS);
    const before = await shell.read('ls /efi/EFI/Linux');
    const { status, output } = await shell.exec('ashlar update --now', UPDATE_SECONDS);
    assert.equal(status, 3, output);
    assert.match(output, /would not start \S+: it is not signed/);
    // Its agent looks again by itself, and for that time has not refused it.
    await shell.until(`ashlar status --json | grep -q '"boot-image-refused"'`, UPDATE_SECONDS);
    assert.equal(await shell.read('ls /efi/EFI/Linux'), before);
  });

  await t.test('signed: the device updates to it, and it proves itself', async () => {
    await using machine = await offering(device, 'signed', await signed(release));
    const running = await machine.boot();
    // Its agent looks for releases often, and needs nobody to tell it.
    await running.serial.expect(up(release), UPDATE_SECONDS);
    const shell = await guestShell(running.secondSerial, BOOT_SECONDS);
    const { name, version } = release.manifest;
    await shell.until(`ls /efi/EFI/Linux | grep -qx ${name}_${version}.efi`, UPDATE_SECONDS);
  });
});
