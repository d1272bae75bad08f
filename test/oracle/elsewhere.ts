import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A user that this machine does not have; it exists in a mount namespace of the test only. */
const STRANGER = 47_110;
const FIRST_SUBORDINATE = 47_120_000;

/** $1 has the accounts; the rest is the program. */
const ENTER = `
set -e
mount --bind "$1/passwd" /etc/passwd
mount --bind "$1/subid" /etc/subuid
mount --bind "$1/subid" /etc/subgid
shift
umask 077
exec setpriv --reuid ${STRANGER} --regid ${STRANGER} --clear-groups taskset 1 "$@"`;

/** Gives everything below `directory` to the user that {@link runElsewhere} runs as. */
export function giveToStranger(directory: string): void {
  for (const entry of ['', ...readdirSync(directory, { recursive: true, encoding: 'utf8' })]) {
    chownSync(join(directory, entry), STRANGER, STRANGER);
  }
}

/**
 * Runs `argv` in `directory`, which that user must own, as it would run on another machine: as another user without privileges, without
 * a network, on one core, with another umask, TMPDIR, locale and time zone. Needs root.
 */
export function runElsewhere(
  argv: readonly string[],
  directory: string,
  env: Readonly<Record<string, string>> = {},
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const accounts = mkdtempSync(join(tmpdir(), 'ashlar-accounts-'));
  try {
    chmodSync(accounts, 0o755);
    writeFileSync(
      join(accounts, 'passwd'),
      `root:x:0:0::/root:/bin/sh\nstranger:x:${STRANGER}:${STRANGER}::/:/bin/sh\n`,
    );
    writeFileSync(join(accounts, 'subid'), `stranger:${FIRST_SUBORDINATE}:65536\n`);
    const temporary = join(directory, 'temporary');
    mkdirSync(temporary, { recursive: true });
    chownSync(temporary, STRANGER, STRANGER);
    return spawnSync('unshare', ['--mount', '--net', 'sh', '-c', ENTER, 'sh', accounts, ...argv], {
      encoding: 'utf8',
      cwd: directory,
      env: {
        PATH: process.env['PATH'],
        TMPDIR: temporary,
        HOME: directory,
        LC_ALL: 'tr_TR.UTF-8',
        TZ: 'Asia/Tokyo',
        ...env,
      },
    });
  } finally {
    rmSync(accounts, { recursive: true, force: true });
  }
}
