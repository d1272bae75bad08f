import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { runInTrixie } from '../../test/oracle/trixie.ts';

/** Who is asked for its version, and where it runs. */
const PROGRAMS: readonly (readonly [name: string, where: 'here' | 'trixie', argv: readonly string[]])[] = [
  ['mkosi', 'trixie', ['mkosi', '--version']],
  ['mkfs.erofs', 'trixie', ['mkfs.erofs', '--version']],
  ['systemd-repart', 'trixie', ['systemd-repart', '--version']],
  ['veritysetup', 'here', ['/usr/sbin/veritysetup', '--version']],
  ['mmdebstrap', 'here', ['mmdebstrap', '--version']],
  ['QEMU', 'here', ['qemu-system-x86_64', '--version']],
];

/** Versions of the contestants, by name. */
export function readVersions(): Record<string, string> {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  const found = PROGRAMS.map(([name, where, argv]) => {
    const [program = '', ...args] = argv;
    const { stdout } = where === 'trixie' ? runInTrixie(argv) : spawnSync(program, args);
    // The line that names it; what stands in parentheses after it is the package's own count.
    return [name, /\d+(?:\.\d+)*/.exec(stdout?.toString('utf8') ?? '')?.[0] ?? 'unknown'];
  });
  return { Ashlar: version, Node: process.versions.node, ...Object.fromEntries(found) };
}
