import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mountedDevice } from './mounted-device.ts';

const MOUNTS = `22 28 0:20 / /proc rw,nosuid,nodev,noexec,relatime shared:12 - proc proc rw
40 28 0:35 / /efi rw,relatime shared:18 - autofs systemd-1 rw,fd=60,pgrp=1,timeout=60
91 40 254:1 / /efi rw,nosuid,nodev,noexec,relatime shared:50 - vfat /dev/vda1 rw,fmask=0077,dmask=0077
92 28 254:9 / /efi2 rw - vfat /dev/vda9 rw
`;

test('the file system that is mounted, and not what mounts it', () => {
  assert.equal(mountedDevice(MOUNTS, '/efi', 'vfat'), '254:1');
  assert.equal(mountedDevice(MOUNTS, '/efi', 'ext4'), undefined);
  assert.equal(mountedDevice(MOUNTS, '/boot', 'vfat'), undefined);
  assert.equal(mountedDevice('', '/efi', 'vfat'), undefined);
  assert.equal(mountedDevice('- - -\nx - vfat', '/efi', 'vfat'), undefined);
});
