/**
 * A corrupted root is refused, not served: twelve machines, each with one flipped bit in a covered block that the boot, or a command
 * in the running system, reads. That it was read is proven by the kernel, which names the block; then it panics and restarts.
 * (`src/formats/verity/verity.test.ts` refuses every covered block in a model of the tree.)
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { guestShell } from '../../src/vm/guest-shell.ts';
import { type Machine, makeMachine } from '../../src/vm/machine.ts';
import { type Random, randomFrom } from '../fuzz/random.ts';
import { type CoveredBlock, type CoveredBlocks, coveredBlocks } from './corruption-places.ts';
import { BOOT_SECONDS } from './deadlines.ts';
import { type ExampleRelease, exampleRelease } from './example-release.ts';
import { ONE_PROCESSOR } from './one-processor.ts';

const SEED = 20_251_123;
const BLOCK_BYTES = 4096;
/** Two emulated machines fill two processors; more would wait for each other. */
const AT_A_TIME = 2;

/** The shell's console is kept quiet; what dm-verity says is an error (priority 3). */
const SHOW_ERRORS = 'dmesg -n 4';

/** Read by each boot: the first program, what loads it, what everything is linked with, and who starts services. */
const INIT = 'usr/lib/systemd/systemd';
const LOADER = 'usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2';
const LIBC = 'usr/lib/x86_64-linux-gnu/libc.so.6';
const EXECUTOR = 'usr/lib/systemd/systemd-executor';
/** Read by no boot, but by who asks for it. */
const ON_DEMAND = ['usr/bin/sort', 'usr/bin/numfmt', 'usr/bin/factor'];

let release: ExampleRelease;
let blocks: CoveredBlocks;
before(async () => {
  release = await exampleRelease('minimal');
  blocks = coveredBlocks(release.directory, release.manifest);
});
after(() => release?.[Symbol.dispose]());

/** A flip, and what makes the guest read it: booting, or reading this file once it is up. */
interface Flip {
  readonly name: string;
  readonly block: (random: Random) => CoveredBlock;
  readonly read?: string;
}

const first = (path: string): CoveredBlock => blocks.ofFile(path)[0]!;
const any = (path: string, random: Random): CoveredBlock => random.pick(blocks.ofFile(path));
const above = (path: string, level: number): CoveredBlock => blocks.above(first(path).block, level);

const FLIPS: readonly Flip[] = [
  { name: 'the superblock of the file system', block: () => blocks.data(0) },
  { name: 'the superblock, another bit', block: () => blocks.data(0) },
  { name: 'the first block of systemd', block: () => first(INIT) },
  { name: 'the first block of the dynamic loader', block: () => first(LOADER) },
  { name: 'the first block of the C library', block: () => first(LIBC) },
  { name: 'the first block of systemd-executor', block: () => first(EXECUTOR) },
  { name: 'a program that is run later', block: (random) => any(ON_DEMAND[0]!, random), read: ON_DEMAND[0]! },
  { name: 'another program that is run later', block: (random) => any(ON_DEMAND[1]!, random), read: ON_DEMAND[1]! },
  { name: 'the top of the hash tree', block: () => blocks.above(0, blocks.levels - 1) },
  { name: 'the leaf over the superblock', block: () => blocks.above(0, 0) },
  { name: 'the leaf over systemd', block: () => above(INIT, 0) },
  { name: 'the leaf over the C library', block: () => above(LIBC, 0) },
];

describe('one flipped bit restarts the machine', { concurrency: AT_A_TIME }, () => {
  for (const [index, flip] of FLIPS.entries()) {
    test(flip.name, async () => {
      const random = randomFrom(SEED + index);
      const place = flip.block(random);
      await using machine = await makeMachine({
        disks: [{ image: release.disk }],
        ...ONE_PROCESSOR,
        onReset: 'exit',
      });
      await flipBit(machine, place, random);
      const running = await machine.boot();
      const refused = new RegExp(`device-mapper: verity: .*: ${place.kind} block ${place.block} is corrupted`);
      if (flip.read !== undefined) {
        await running.serial.expect(/ashlar-status: .*verified=yes/, BOOT_SECONDS);
        const shell = await guestShell(running.serial, BOOT_SECONDS);
        await shell.read(SHOW_ERRORS);
        running.serial.send(`cat /${flip.read} >/dev/null; echo survived\n`);
      }
      await running.serial.expect(refused, BOOT_SECONDS);
      await running.serial.expect(/Kernel panic - not syncing: dm-verity/, BOOT_SECONDS);
      assert.deepEqual(await running.ended, { kind: 'reset' });
      const after = running.serial.latest(1000).map(({ text }) => text);
      assert.ok(!after.some((text) => /^survived/.test(text)));
      if (flip.read === undefined) assert.ok(!after.some((text) => /ashlar-status:/.test(text)));
    });
  }
});

test('what root writes past the running system onto its partition is refused as well', async () => {
  await using machine = await makeMachine({ disks: [{ image: release.disk }], onReset: 'exit', ...ONE_PROCESSOR });
  const running = await machine.boot();
  const [place] = blocks.ofFile(ON_DEMAND[2]!);
  await running.serial.expect(/ashlar-status: .*verified=yes/, BOOT_SECONDS);
  const shell = await guestShell(running.serial, BOOT_SECONDS);
  await shell.read(SHOW_ERRORS);
  await shell.read(
    `printf changed | dd of=/dev/vda2 bs=1 seek=${place!.block * BLOCK_BYTES} conv=notrunc,fsync && echo 3 >/proc/sys/vm/drop_caches`,
  );
  running.serial.send(`cat /${ON_DEMAND[2]} >/dev/null; echo survived\n`);
  await running.serial.expect(new RegExp(`verity: .*: data block ${place!.block} is corrupted`), BOOT_SECONDS);
  assert.deepEqual(await running.ended, { kind: 'reset' });
});

/** Flips one bit, drawn from `random`, of a block of the machine's copy of the disk; the disk underneath stays whole. */
async function flipBit(machine: Machine, { offset }: CoveredBlock, random: Random): Promise<void> {
  const at = offset + random.below(BLOCK_BYTES);
  const byte = Buffer.alloc(1);
  const disk = openSync(release.disk, 'r');
  readSync(disk, byte, 0, 1, at);
  closeSync(disk);
  const flipped = byte[0]! ^ (1 << random.below(8));
  const { file, format } = machine.disks[0]!;
  await promisify(execFile)('qemu-io', ['-f', format, '-c', `write -P ${flipped} ${at} 1`, file]);
}
