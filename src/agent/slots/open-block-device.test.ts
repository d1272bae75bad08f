import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openBlockDevice } from './open-block-device.ts';

// Not /tmp, which may be in memory: there the page cache is all there is.
const folder = mkdtempSync(join(process.env['TMPDIR'] ?? (tmpdir() === '/tmp' ? '/var/tmp' : tmpdir()), 'device-'));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'disk');
const SIZE = 3 << 20;

test('what is written is read back and is on the file, across more than one piece of memory', () => {
  writeFileSync(path, Buffer.alloc(SIZE, 1));
  using device = openBlockDevice(path);
  assert.equal(device.size, SIZE);
  const bytes = Buffer.alloc((2 << 20) + 512, 7);
  device.write(512, bytes);
  device.flush();
  assert.ok(device.read(512, bytes.length).equals(bytes));
  assert.ok(
    readFileSync(path).equals(Buffer.concat([Buffer.alloc(512, 1), bytes, Buffer.alloc(SIZE - bytes.length - 512, 1)])),
  );
});

test('half a sector, and what lies outside, is refused', () => {
  using device = openBlockDevice(path);
  for (const [offset, length] of [
    [1, 512],
    [0, 100],
    [SIZE, 512],
    [-512, 512],
  ] as const) {
    assert.throws(() => device.read(offset, length), RangeError);
    assert.throws(() => device.write(offset, Buffer.alloc(length)), RangeError);
  }
});

test('a disk that is not there, and one of half a sector, cannot be updated', () => {
  assert.throws(() => openBlockDevice(join(folder, 'none')), { code: 'disk-unsupported' });
  const odd = join(folder, 'odd');
  writeFileSync(odd, Buffer.alloc(700));
  assert.throws(() => openBlockDevice(odd), { code: 'disk-unsupported', message: /whole sectors/ });
});
