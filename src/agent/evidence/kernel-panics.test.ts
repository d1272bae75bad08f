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
