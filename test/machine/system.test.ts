/** The running system: what can be written and what cannot, what is forgotten and what is kept, over two boots of `minimal`. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { type GuestShell, guestShell } from '../../src/vm/guest-shell.ts';
import { type Machine, makeMachine } from '../../src/vm/machine.ts';
import type { RunningMachine } from '../../src/vm/running-machine.ts';
import { BOOT_SECONDS } from './deadlines.ts';
import { type ExampleRelease, exampleRelease } from './example-release.ts';
import { ONE_PROCESSOR } from './one-processor.ts';

const STATUS = /ashlar-status: image=minimal version=(\S+) verified=(\w+) read-only=(\w+) boot-chain=(\S+)/;

let release: ExampleRelease;
let machine: Machine;
let running: RunningMachine;
let shell: GuestShell;

before(async () => {
  release = await exampleRelease('minimal');
  machine = await makeMachine({ disks: [{ image: release.disk }], ...ONE_PROCESSOR });
  running = await machine.boot();
});
after(async () => {
  await machine?.close();
  release?.[Symbol.dispose]();
});

test('says that it is verified, read-only and which version it is, and that the boot chain is not enforced', async () => {
  const [, version, verified, readOnly, chain] = await running.serial.expect(STATUS, BOOT_SECONDS);
  assert.deepEqual(
    { version, verified, readOnly, chain },
    {
      version: release.manifest.version,
      verified: 'yes',
      readOnly: 'yes',
      chain: 'not-enforced',
    },
  );
  shell = await guestShell(running.serial, BOOT_SECONDS);
  assert.match(await shell.read('cat /proc/cmdline'), new RegExp(`roothash=${release.manifest.root.hash}`));
});

/** Each tries to change the root as root does, and must fail; what it leaves is undone by itself in a mount namespace of its own. */
const ATTEMPTS: readonly (readonly [name: string, command: string, refusal: RegExp])[] = [
  ['a file in /', 'touch /probe', /Read-only file system/],
  ['a file in /usr', 'touch /usr/probe', /Read-only file system/],
  ['a file that is there', 'echo x >>/usr/lib/os-release', /Read-only file system/],
  ['an attribute', 'chmod 4755 /usr/bin/cat', /Read-only file system/],
  ['remounting /', 'mount -o remount,rw / && touch /probe', /write-protected/],
  [
    'remounting /usr over itself',
    'mount --bind /usr /usr && mount -o remount,rw,bind /usr && touch /usr/probe',
    /Read-only file system/,
  ],
  [
    'a bind of / elsewhere',
    'mount --bind / /mnt && mount -o remount,rw,bind /mnt && touch /mnt/probe',
    /Read-only file system/,
  ],
  ['a second mount of the device', 'mount -t erofs -o rw /dev/mapper/root /mnt && touch /mnt/probe', /[Rr]ead-only/],
  [
    'the verified device',
    'dd if=/dev/zero of=/dev/mapper/root bs=4096 count=1 conv=notrunc',
    /not permitted|Read-only|read-only/,
  ],
  [
    'making the device writable',
    'blockdev --setrw /dev/mapper/root && dd if=/dev/zero of=/dev/mapper/root bs=4096 count=1 conv=notrunc',
    /error|not permitted|denied|not found/i,
  ],
  [
    'a device in /var',
    'mknod /var/disk b $(tr : " " </sys/class/block/vda2/dev) && head -c1 /var/disk',
    /Permission denied/,
  ],
  [
    'a setuid program in /var',
    'cp /usr/bin/id /var/id && chmod 4755 /var/id && findmnt -no OPTIONS /var | grep -qv nosuid && echo honoured',
    /^$/,
  ],
];

for (const [name, command, refusal] of ATTEMPTS) {
  test(`cannot be changed: ${name}`, async () => {
    const { status, output } = await shell.exec(`LC_ALL=C unshare -m sh -c '${command}'`);
    assert.notEqual(status, 0, output);
    assert.match(output, refusal);
  });
}

test('nothing writable is mounted where programs of the system lie', async () => {
  const mounts = (await shell.read('cat /proc/self/mounts')).split('\n').map((line) => line.split(' '));
  const writable = mounts
    .filter(([, , , options]) => options!.split(',').includes('rw'))
    .map(([, point]) => point!)
    .filter((point) => !/^\/(proc|sys|dev|run|tmp|var|etc)(\/|$)/.test(point));
  assert.deepEqual(writable, []);
});

test('a file in /etc is forgotten at the next boot, one in /var is kept', async () => {
  await shell.read('echo forgotten >/etc/probe && echo changed >>/etc/hostname && echo kept >/var/probe');
  await shell.read('echo kept >/root/probe && mkdir -p /home/someone && echo kept >/home/someone/probe');
  const before = await identity();
  running.serial.send('systemctl reboot\n');
  assert.equal((await running.expectEvent('reset', BOOT_SECONDS)).by, 'guest');
  await running.serial.expect(STATUS, BOOT_SECONDS);
  shell = await guestShell(running.serial, BOOT_SECONDS);
  assert.equal(await shell.read('cat /var/probe /root/probe /home/someone/probe'), 'kept\nkept\nkept');
  assert.notEqual((await shell.exec('cat /etc/probe')).status, 0);
  assert.equal(await shell.read('cat /etc/hostname'), 'minimal');
  assert.deepEqual(await identity(), { ...before, firstBoot: 'no' });
  assert.equal(before.firstBoot, 'yes');
});

/** What a device keeps for life, and whether systemd takes this boot for its first (it says so in the kernel's log). */
async function identity(): Promise<{ machineId: string; firstBoot: string }> {
  const machineId = await shell.read('cat /etc/machine-id');
  assert.match(machineId, /^[0-9a-f]{32}$/);
  const { status } = await shell.exec('dmesg | grep -q "systemd\\[1\\]: Detected first boot"');
  return { machineId, firstBoot: status === 0 ? 'yes' : 'no' };
}

test('powers off when it is told to', async () => {
  running.serial.send('systemctl poweroff\n');
  assert.deepEqual(await running.ended, { kind: 'powered-off' });
});
