import assert from 'node:assert/strict';
import test from 'node:test';
import { diskFormat } from './disk-format.ts';

for (const [path, format] of [
  ['/a/disk.raw', 'raw'],
  ['/a/disk.img', 'raw'],
  ['/a/disk', 'raw'],
  ['/a/disk.qcow2', 'qcow2'],
  ['/a/DISK.QCOW2', 'qcow2'],
  ['/a/disk.vmdk', 'vmdk'],
  ['/a/disk.vhd', 'vpc'],
  ['/a.qcow2/disk', 'raw'],
] as const) {
  test(`${path} is ${format}`, () => assert.equal(diskFormat(path), format));
}
