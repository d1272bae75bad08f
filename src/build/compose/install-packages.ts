import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { LockedPackage } from '../../model/lock.ts';
import type { ProgressStep } from '../../model/progress.ts';
import { type RunningProgram, startProgram } from '../../store/program/run-program.ts';
import { INITRAMFS_STAND_IN } from '../resolve/initramfs-stand-in.ts';
import { composeError } from './compose-error.ts';

/**
 * Prepares what mmdebstrap runs in: $1 is the working directory, $2 the size of a file system in memory for it (`0`: none). A
 * fixed text: nothing is interpolated into it. The host's umask and name must not show in what maintainer scripts write.
 */
const ENTER = `
set -e
umask 022
hostname localhost
[ "$2" = 0 ] || mount -t tmpfs -o "size=$2,mode=0755" tmpfs "$1"
export TMPDIR="$1"
shift 2
exec "$@"
`;

/** Tells dpkg that a generator of initramfs images is there. $1 is the tree. */
const SETUP_HOOK = `
set -e
mkdir -p "$1/var/lib/dpkg/info"
cat "$ASHLAR_COMPOSE/stand-in" >> "$1/var/lib/dpkg/status"
: > "$1/var/lib/dpkg/info/${INITRAMFS_STAND_IN.name}.list"
`;

/**
 * Stores kernel modules plain, so that the image compresses them once, and indexes them under their new names. $1 is the tree.
 * Each kind of compression is looked for on its own: its program need not be there when there is nothing for it to do.
 */
const CUSTOMIZE_HOOK = `
set -e
plain() {
  find "$1/usr/lib/modules" -type f -name "*.ko.$2" -print0 > "$ASHLAR_COMPOSE/modules"
  [ -s "$ASHLAR_COMPOSE/modules" ] || return 0
  shift 2
  xargs -0 -P 2 -n 64 "$@" < "$ASHLAR_COMPOSE/modules"
}
[ -d "$1/usr/lib/modules" ] || exit 0
plain "$1" xz xz --decompress
plain "$1" zst zstd --decompress --rm --quiet
plain "$1" gz gzip --decompress
for kernel in "$1"/usr/lib/modules/*/; do
  [ -d "$kernel/kernel" ] || continue
  chroot "$1" depmod "$(basename "$kernel")"
done
`;

/** An installed system is some four times as large as its packages; as much again for the copies that apt and dpkg make. */
const MEMORY_PER_PACKAGE_BYTE = 8;
/** What the rest of the machine and of the build keeps for itself before the installation goes into memory. */
const MEMORY_KEPT_BYTES = 2 * 2 ** 30;

export interface Installation {
  /** A directory of ours with `repository/`, on the store's file system. */
  readonly directory: string;
  readonly packages: readonly LockedPackage[];
  readonly architecture: string;
  readonly epoch: bigint;
  readonly step: ProgressStep;
  readonly signal?: AbortSignal | undefined;
}

export interface RunningInstallation {
  /** The installed tree as a tar archive. */
  readonly tar: Readable;
  /** Ends when mmdebstrap has; throws `compose-failed`, `disk-full`, or the reason of the signal. */
  readonly done: Promise<void>;
  readonly stop: () => void;
}

/**
 * Installs and configures the packages by mmdebstrap and real dpkg, with no network, in namespaces that end with it: mounts and
 * processes go away whatever happens to this process. Unprivileged it runs as root of a user namespace of its own.
 */
export function installPackages(installation: Installation): RunningInstallation {
  const { directory, packages, architecture, epoch, signal } = installation;
  const work = join(directory, 'work');
  mkdirSync(work, { mode: 0o755 });
  writeFileSync(join(directory, 'stand-in'), INITRAMFS_STAND_IN.stanza);
  const ids = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user', '--map-auto'];
  const namespaces = ['--mount', '--pid', '--net', '--uts', '--ipc', '--fork', '--kill-child', '--mount-proc'];
  const running = startProgram(
    [
      ...['unshare', ...ids, ...namespaces, '--', 'sh', '-c', ENTER, 'enter', work, memoryFor(packages)],
      'mmdebstrap',
      '--verbose',
      '--mode=root',
      // Essential packages by dpkg, the rest by apt in the order that their dependencies ask for.
      '--variant=essential',
      '--format=tar',
      `--architectures=${architecture}`,
      ...packages.map(({ name, version }) => `--include=${name}=${version}`),
      `--setup-hook=${SETUP_HOOK}`,
      `--customize-hook=${CUSTOMIZE_HOOK}`,
      // What is half written when the machine stops is thrown away.
      '--dpkgopt=force-unsafe-io',
      '--aptopt=APT::Sandbox::User "root"',
      '--aptopt=APT::Install-Recommends "false"',
      '',
      '-',
      `deb [trusted=yes] copy:${encodeURI(join(directory, 'repository'))} ./`,
    ],
    { env: { ASHLAR_COMPOSE: directory, SOURCE_DATE_EPOCH: String(epoch), DEBIAN_FRONTEND: 'noninteractive' }, signal },
  );
  return { tar: running.stdout, done: follow(running, installation), stop: running.stop };
}

/** Lines kept for the error message; what went wrong is in the last ones, apt's summary after it. */
const KEPT_LINES = 60;

async function follow(running: RunningProgram, { step, directory }: Installation): Promise<void> {
  const last: string[] = [];
  let rest = '';
  for await (const chunk of running.stderr as AsyncIterable<Buffer>) {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = (lines.pop() ?? '').slice(0, 4096);
    for (const line of lines) {
      last.push(line);
      const doing = /^(Unpacking|Setting up) ([^\s:(]+)/.exec(line);
      if (doing?.[2] === undefined) continue;
      step.advance(1);
      step.status(doing[2]);
    }
    last.splice(0, last.length - KEPT_LINES);
  }
  const status = await running.exit;
  if (status !== 0) throw composeError(last, directory);
}

/** How large a file system in memory may be for this installation, in bytes; `0` when the disk should take it. */
function memoryFor(packages: readonly LockedPackage[]): string {
  const needed = packages.reduce((sum, { size }) => sum + size, 0) * MEMORY_PER_PACKAGE_BYTE;
  return process.availableMemory() - MEMORY_KEPT_BYTES > needed ? String(needed) : '0';
}
