import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findMirrors } from '../../src/build/resolve/mirror.ts';
import { sha256 } from '../../src/model/digest.ts';

const SUITE = 'trixie';

/** What the tests and benchmarks run in the tree; adding one makes a new tree. */
const PACKAGES =
  'acl apt attr binutils cpio cryptsetup-bin dosfstools e2fsprogs efitools erofs-utils fdisk gdisk mkosi mtools openssl ' +
  'osslsigncode python3-tuf qemu-utils sbsigntool systemd ' +
  'systemd-boot systemd-boot-efi systemd-container systemd-repart systemd-ukify xz-utils zstd';

/**
 * Enters the tree: `pivot_root`, because mkosi and bwrap refuse a chroot. $1 is the tree, $2 the number of paths to bind at their
 * own place, then the paths, then the program and its arguments. A fixed text: nothing is interpolated into it.
 */
const ENTER = `
set -e
tree=$1; binds=$2; shift 2
mount --make-rprivate /
mount --bind "$tree" "$tree"
mount -t proc proc "$tree/proc"
mount --rbind /sys "$tree/sys"
mount --rbind /dev "$tree/dev"
mount -t tmpfs tmpfs "$tree/run"
mount -t tmpfs tmpfs "$tree/tmp"
while [ "$binds" -gt 0 ]; do
  if [ -d "$1" ]; then mkdir -p "$tree$1"; else mkdir -p "$(dirname "$tree$1")"; : >> "$tree$1"; fi
  mount --rbind "$1" "$tree$1"
  binds=$((binds - 1)); shift
done
cd "$tree"
mkdir -p run/old
pivot_root . run/old
umount -l /run/old
cd "\${ASHLAR_ORACLE_CWD:-/}"
exec "$@"
`;

export interface TrixieOptions {
  /** Paths of this machine that the program sees at the same place; put scratch files in one of them. */
  readonly binds?: readonly string[];
  /** The program's working directory, inside the tree. */
  readonly cwd?: string;
  readonly input?: Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a program of Debian trixie, whatever Debian runs the tests: the tools that judge our formats are newer than the oldest
 * Debian that Ashlar builds on. The tree is made once by mmdebstrap and cached. Needs root.
 */
export function runInTrixie(argv: readonly string[], options: TrixieOptions = {}): SpawnSyncReturns<Buffer> {
  const { command, env } = trixieCommand(argv, options);
  const [program, ...args] = command;
  return spawnSync(program, args, { input: options.input ?? Buffer.alloc(0), maxBuffer: 1 << 30, env });
}

/** What {@link runInTrixie} runs, for who wants to start it otherwise. */
export interface TrixieCommand {
  readonly command: readonly [program: string, ...args: string[]];
  readonly env: Readonly<Record<string, string>>;
}

export function trixieCommand(argv: readonly string[], { binds = [], cwd = '/', env }: TrixieOptions): TrixieCommand {
  const enter = ['sh', '-c', ENTER, 'enter', trixieTree(), String(binds.length), ...binds] as const;
  return {
    command: ['unshare', '--mount', ...enter, ...argv],
    env: { PATH: '/usr/sbin:/usr/bin', LC_ALL: 'C.UTF-8', HOME: '/root', ...env, ASHLAR_ORACLE_CWD: cwd },
  };
}

/** The same, for a program that must succeed: its standard output as text. Its failure throws with what it printed. */
export function trixieOutput(argv: readonly string[], options: TrixieOptions = {}): string {
  const { status, stdout, stderr, error } = runInTrixie(argv, options);
  if (status !== 0)
    throw new Error(`${argv.join(' ')} exited with ${status}: ${error?.message ?? ''}${stderr}${stdout}`);
  return stdout.toString('utf8');
}

/** Why trixie's tools cannot be used here, or undefined: for a skip that says its reason. */
export function trixieObstacle(): string | undefined {
  return process.getuid?.() === 0 ? undefined : 'running the tools of Debian trixie needs root';
}

/** The directory of the tree, made when it is not there. */
export function trixieTree(): string {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'ashlar-oracle');
  const tree = join(cache, `${SUITE}-${sha256(PACKAGES).slice(0, 12)}`);
  if (existsSync(tree)) return tree;
  mkdirSync(cache, { recursive: true });
  const aside = `${tree}.${process.pid}`;
  const mirrors = findMirrors(process.env);
  const made = spawnSync('mmdebstrap', [
    '--variant=essential',
    '--mode=root',
    `--include=${PACKAGES.replaceAll(' ', ',')}`,
    '--aptopt=Acquire::Languages "none"',
    '--dpkgopt=force-unsafe-io',
    ...['man', 'doc', 'locale'].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
    SUITE,
    aside,
    ...(mirrors === undefined ? [] : [mirrors.archive]),
  ]);
  if (made.status !== 0)
    throw new Error(`mmdebstrap exited with ${made.status}: ${made.error?.message ?? ''}${made.stderr}`);
  try {
    renameSync(aside, tree);
  } catch (error) {
    // Another test made it meanwhile.
    if (!existsSync(tree)) throw error;
    rmSync(aside, { recursive: true, force: true });
  }
  return tree;
}
