import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { explainBoot } from '../../engine/explain-boot.ts';
import { clearPanics, readPanics } from './kernel-panics.ts';

const HASH = 'ab'.repeat(32);
const RECORD = `Panic#1 Part1
<5>[    0.000000] Command line: roothash=${HASH} panic=5
<0>[   12.345678] Kernel panic - not syncing: dm-verity device corrupted
<4>[   12.345679] CPU: 0 PID: 1 Comm: systemd Not tainted
`;

const folder = mkdtempSync(join(tmpdir(), 'panic-test-'));
after(() => rmSync(folder, { recursive: true }));

test('a panic that systemd-pstore kept is read, explains the boot, and is cleared', () => {
  const kept = join(folder, 'kept/1763930000/001');
  mkdirSync(kept, { recursive: true });
  writeFileSync(join(kept, 'dmesg.txt'), RECORD);
  writeFileSync(join(kept, 'dmesg-efi_pstore-176393000001001'), 'a part of it');
  const places = [join(folder, 'none'), join(folder, 'kept')];
  const panics = readPanics(places);
  assert.deepEqual(panics, [
    {
      rootHash: HASH,
      lines: [
        `Command line: roothash=${HASH} panic=5`,
        'Kernel panic - not syncing: dm-verity device corrupted',
        'CPU: 0 PID: 1 Comm: systemd Not tainted',
      ],
    },
  ]);
  const verdict = explainBoot({ panics, watchdog: 'unknown', shutdown: 'unclean' });
  assert.equal(verdict.kind === 'failed' && verdict.cause.summary, 'the kernel panicked: dm-verity device corrupted');
  clearPanics(places);
  assert.deepEqual(readPanics(places), []);
  assert.ok(existsSync(join(folder, 'kept')));
});

test('a panic that is still where the kernel shows it', () => {
  const place = join(folder, 'pstore');
  mkdirSync(place);
  writeFileSync(join(place, 'dmesg-erst-1'), '<0>[ 1.0] Kernel panic - not syncing: Attempted to kill init!\n');
  writeFileSync(join(place, 'console-ramoops-0'), 'something else');
  assert.deepEqual(readPanics([place]), [{ lines: ['Kernel panic - not syncing: Attempted to kill init!'] }]);
});

test('an oops that the machine survived is no panic', () => {
  const place = join(folder, 'oops');
  mkdirSync(place);
  const oops = `Oops#1 Part1\n<1>[ 9.0] BUG: kernel NULL pointer dereference\n<5>[ 0.0] roothash=${HASH}\n`;
  writeFileSync(join(place, 'dmesg-efi-1'), oops);
  assert.deepEqual(readPanics([place]), []);
  writeFileSync(join(place, 'dmesg-efi-2'), RECORD);
  assert.equal(readPanics([place]).length, 1);
});

test('of long and many records the ends are kept, within bounds', () => {
  const place = join(folder, 'many');
  mkdirSync(place);
  const noise = '<4>[    1.000000] again and again and again\n'.repeat(20_000);
  for (let record = 10; record < 90; record++) {
    writeFileSync(
      join(place, `dmesg-erst-${record}`),
      `${noise}<0>[ 2.0] Kernel panic - not syncing: number ${record}\n`,
    );
  }
  const panics = readPanics([place]);
  assert.equal(panics.at(-1)?.lines.at(-1), 'Kernel panic - not syncing: number 89');
  assert.ok(JSON.stringify(panics).length < 1 << 20, `${JSON.stringify(panics).length} characters`);
});
