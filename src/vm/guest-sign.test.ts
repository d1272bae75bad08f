import assert from 'node:assert/strict';
import test from 'node:test';
import { type GuestSign, readGuestSign } from './guest-sign.ts';

const UP = { name: 'minimal', version: '1.0.0', verified: true, readOnly: true, bootChainEnforced: false };

const LINES: readonly (readonly [line: string, sign: GuestSign | undefined])[] = [
  ['BdsDxe: loading Boot0002 "UEFI Misc Device" from PciRoot(0x0)/Pci(0x2,0x0)', undefined],
  ['BdsDxe: starting Boot0002 "UEFI Misc Device" from PciRoot(0x0)/Pci(0x2,0x0)', { kind: 'stage', stage: 'loader' }],
  ['EFI stub: Loaded initrd from LINUX_EFI_INITRD_MEDIA_GUID device path', { kind: 'stage', stage: 'kernel' }],
  ['[    0.000000] Linux version 6.12.107+deb13-cloud-amd64 (debian-kernel@…)', { kind: 'stage', stage: 'kernel' }],
  ['[    1.703920] Run /init as init process', { kind: 'stage', stage: 'initrd' }],
  [
    '[    6.1] systemd[1]: systemd 257.9-1~deb13u1 running in system mode (+PAM …)',
    { kind: 'stage', stage: 'userspace' },
  ],
  ['Welcome to Debian GNU/Linux 13 (trixie)!', { kind: 'stage', stage: 'userspace' }],
  [
    '[   42.0] Kernel panic - not syncing: dm-verity device corrupted',
    { kind: 'panic', reason: 'dm-verity device corrupted' },
  ],
  [
    '[    3.2] ashlar: cannot boot: no partition has the UUID 1, or none has 2 (). Restarting.',
    { kind: 'boot-failed', reason: 'no partition has the UUID 1, or none has 2 ()' },
  ],
  ['Custom Secure Boot keys successfully enrolled, rebooting the system now!', { kind: 'keys-enrolled' }],
  ['[   60.1] reboot: Restarting system', { kind: 'restarting' }],
  [
    'ashlar-status: image=minimal version=1.0.0 verified=yes read-only=yes boot-chain=not-enforced',
    { kind: 'ready', status: UP },
  ],
  [
    'ashlar-status: image=minimal version=1.0.0 verified=no read-only=no boot-chain=enforced',
    { kind: 'ready', status: { ...UP, verified: false, readOnly: false, bootChainEnforced: true } },
  ],
  ['[  OK  ] Finished ashlar-status.service - Say which system runs.', undefined],
  ['login: ', undefined],
];

for (const [line, sign] of LINES) test(line, () => assert.deepEqual(readGuestSign(line), sign));

test('a line that no one should have to read takes no time', () => {
  assert.equal(readGuestSign('ashlar-status: ' + 'a=b '.repeat(2000) + '!'), undefined);
});
