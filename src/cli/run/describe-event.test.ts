import assert from 'node:assert/strict';
import test from 'node:test';
import type { RunEvent } from '../../vm/run-event.ts';
import { describeEvent } from './describe-event.ts';

const READY = {
  event: 'ready',
  at: 22,
  seconds: 20.04,
  name: 'web',
  version: '1.2',
  verified: true,
  readOnly: true,
  bootChainEnforced: false,
} as const;

const EVENTS: readonly (readonly [event: RunEvent, text: string | undefined])[] = [
  [{ event: 'accelerator', at: 0, accelerator: 'kvm', reason: 'KVM works' }, 'KVM works'],
  [
    { event: 'accelerator', at: 0, accelerator: 'tcg', reason: 'there is no /dev/kvm' },
    'emulated, which is slow: there is no /dev/kvm',
  ],
  [{ event: 'started', at: 0, forwards: [] }, 'switched on'],
  [
    { event: 'started', at: 0, forwards: [{ host: 8080, guest: 80 }] },
    'switched on; 127.0.0.1:8080 leads to its port 80',
  ],
  [{ event: 'kernel', at: 4 }, 'the kernel starts'],
  [READY, 'up after 20.0 s: web 1.2, verified, read-only, boot chain not enforced'],
  [
    { ...READY, verified: false, readOnly: false, bootChainEnforced: true },
    'up after 20.0 s: web 1.2, NOT VERIFIED, WRITABLE, boot chain enforced',
  ],
  [{ event: 'panic', at: 9, reason: 'why' }, 'the kernel panicked: why'],
  [{ event: 'reboot', at: 9, expected: false }, 'restarts, unasked'],
  [{ event: 'exit', at: 9, verdict: 'good', reason: 'it came up' }, undefined],
];

for (const [event, text] of EVENTS) {
  test(`${event.event}: ${text}`, () => assert.equal(describeEvent(event), text));
}
