import { sha256 } from '../../../src/model/digest.ts';
import { type Lock, lockDigest, lockEpoch, lockText, parseLock } from '../../../src/model/lock.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const EXAMPLE: Lock = {
  format: 'ashlar-lock/1',
  request: {
    distribution: 'debian',
    architecture: 'amd64',
    suites: [{ suite: 'trixie', components: ['main'] }],
    install: ['nginx-light'],
    boot: ['busybox-static'],
    exclude: ['e2scrub'],
  },
  indexes: [{ suite: 'trixie', date: '2026-11-21T09:15:44Z', sha256: sha256('index') }],
  packages: ['bash', 'zsh'].map((name) => ({
    name,
    version: '1:5.2~rc1-1+b2',
    architecture: 'amd64',
    group: 'root',
    archive: 'main',
    path: `pool/main/${name[0]}/${name}/${name}_5.2+b_amd64.deb`,
    size: 1000,
    sha256: sha256(name),
  })),
  ids: { users: { _apt: 42, sshd: 100 }, groups: { ssh: 101 } },
};

/** An `ashlar.lock`, which whoever sends a change may have written. */
const target: FuzzTarget = {
  name: 'lock',
  seeds: () => [Buffer.from(lockText(EXAMPLE)), Buffer.from(JSON.stringify(EXAMPLE))],
  run(input) {
    const lock = parseLock(input, 'ashlar.lock');
    const text = lockText(lock);
    if (lockText(parseLock(Buffer.from(text), 'again')) !== text) throw new Error('it reads otherwise when written');
    lockDigest(lock);
    lockEpoch(lock);
  },
};

export default target;
