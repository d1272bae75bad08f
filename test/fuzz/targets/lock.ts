import { readFileSync } from 'node:fs';
import { lockDigest, lockEpoch, lockText, parseLock } from '../../../src/model/lock.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const EXAMPLE = new URL('../../../examples/minimal/ashlar.lock', import.meta.url);
/** An input holds so many packages: the rest of them would only make it slow. */
const PACKAGES = 3;

/** An `ashlar.lock`, which whoever sends a change may have written. */
const target: FuzzTarget = {
  name: 'lock',
  seeds: () => {
    const lock = parseLock(readFileSync(EXAMPLE), 'ashlar.lock');
    return [Buffer.from(lockText({ ...lock, packages: lock.packages.slice(0, PACKAGES) }))];
  },
  run(input) {
    const lock = parseLock(input, 'ashlar.lock');
    const text = lockText(lock);
    if (lockText(parseLock(Buffer.from(text), 'again')) !== text) throw new Error('it reads otherwise when written');
    lockDigest(lock);
    lockEpoch(lock);
  },
};

export default target;
