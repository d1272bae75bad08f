import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Generation } from '../../engine/generation.ts';
import { isSha256, type Sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import type { DevicePaths } from '../device-paths.ts';

/** What runs, and from which disk. */
export interface Running {
  readonly generation: Generation;
  /** The whole disk, `/dev/vda`. */
  readonly disk: string;
}

/**
 * What the system runs, from os-release, the kernel's command line and the device under `/`: the kernel's own word on what it verifies must be the root
 * hash of the command line, or one of them lies. Throws `system-unsupported`.
 */
export function readRunning({ osRelease, commandLine }: Pick<DevicePaths, 'osRelease' | 'commandLine'>): Running {
  const release = readFileSync(osRelease, 'utf8');
  const value = (key: string): string | undefined =>
    new RegExp(`^${key}=["']?([^"'\n]*)["']?$`, 'm').exec(release)?.[1];
  const [name, version] = [value('IMAGE_ID'), value('IMAGE_VERSION')];
  if (name === undefined || version === undefined) throw unsupported('os-release names no image');
  const rootHash = /(?:^|\s)roothash=([0-9a-f]{64})(?:\s|$)/.exec(readFileSync(commandLine, 'latin1'))?.[1];
  if (rootHash === undefined || !isSha256(rootHash)) throw unsupported('the kernel was started without roothash=');
  return { generation: { name, version, rootHash }, disk: diskUnder('/', rootHash) };
}

/** The disk of the verified device that is mounted at `mountPoint`. */
function diskUnder(mountPoint: string, rootHash: Sha256): string {
  const mapping = join('/sys/dev/block', mountedDevice(mountPoint));
  const identity = read(join(mapping, 'dm/uuid'));
  // What the initrd, like systemd-veritysetup, calls the mapping (src/build/assemble/boot/init.sh).
  if (identity === undefined || !identity.startsWith(`CRYPT-VERITY-${rootHash.slice(0, 32)}`)) {
    throw unsupported('the root file system is not the verified image that the kernel was started with');
  }
  const [partition] = readdirSync(join(mapping, 'slaves'));
  if (partition === undefined) throw unsupported('the verified root lies on no partition');
  const place = readlinkSync(join('/sys/class/block', partition));
  return `/dev/${basename(dirname(place))}`;
}

/** `major:minor` of what is mounted at `point` (proc_pid_mountinfo(5): the last line is what is on top). */
function mountedDevice(point: string): string {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  return mounts.findLast((fields) => fields[4] === point)?.[2] ?? '';
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return undefined;
  }
}

function unsupported(why: string): AshlarError {
  return new AshlarError('system-unsupported', `This system cannot be updated: ${why}.`, {
    hint: 'The agent works in a system that was started by its own boot image from its own disk.',
  });
}
