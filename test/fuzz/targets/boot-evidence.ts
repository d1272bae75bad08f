import { panicRecord } from '../../../src/agent/evidence/kernel-panics.ts';
import { blockingInhibitors, personsLoggedIn } from '../../../src/agent/system/restart-obstacles.ts';
import { explainBoot } from '../../../src/engine/explain-boot.ts';
import { sha256 } from '../../../src/model/digest.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const PANIC = `Panic#1 Part1
<5>[    0.000000] Command line: roothash=${sha256('root')} gpt quiet panic=5
<0>[   12.345678] Kernel panic - not syncing: dm-verity device corrupted
<4>[   12.345679] CPU: 0 PID: 1 Comm: systemd Not tainted 6.12.0
`;
const LOCKS = JSON.stringify({ type: 'a(ssssuu)', data: [[['shutdown:idle', 'apt', 'busy', 'block', 0, 7]]] });
const LOGINS = JSON.stringify([{ session: '1', uid: 0, user: 'root', class: 'user', tty: 'ttyS0' }]);

/** What the kernel left in the firmware's storage, and what programs of the system answer. */
const target: FuzzTarget = {
  name: 'boot-evidence',
  seeds: () => [PANIC, LOCKS, LOGINS].map((text) => Buffer.from(text)),
  run(input) {
    const text = input.toString('utf8');
    explainBoot({ panics: [panicRecord(text)], watchdog: 'unknown', shutdown: 'unclean' });
    blockingInhibitors(text);
    personsLoggedIn(text);
  },
};

export default target;
