import { execFile } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { AshlarError } from '../../model/error.ts';
import { exactBytes } from '../../model/format-bytes.ts';
import { syncDirectory } from '../../store/sync-directory.ts';
import type { EspContent, EspEntry, EspFolder } from './esp-folder.ts';
import { holdDevice } from './hold-device.ts';
import { mountedDevice } from './mounted-device.ts';

/** Written between two waits for the disk, so that none is long. */
const BYTES_BETWEEN_SYNCS = 8 << 20;
const PATH = /^(?!\.)[^/\0]+(\/(?!\.)[^/\0]+)*$/;
/** The systemd unit of the mount point. What mounts it when somebody looks, efi.automount, is left in place. */
const MOUNT_UNIT = 'efi.mount';

/** The EFI system partition as it is mounted at `mountPoint`, `/efi`. */
export function openEspFolder(mountPoint: string): EspFolder {
  return new MountedEsp(mountPoint);
}

class MountedEsp implements EspFolder {
  readonly #mountPoint: string;
  /** Paths of files and directories that are not known to be on the disk. */
  readonly #dirty = new Set<string>();

  constructor(mountPoint: string) {
    this.#mountPoint = mountPoint;
  }

  list(directory: string): readonly EspEntry[] {
    const place = this.#at(directory);
    if (statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
    return readdirSync(place, { withFileTypes: true }).flatMap((found): EspEntry[] => {
      if (found.isDirectory()) return [{ name: found.name, kind: 'directory', size: 0 }];
      const status = statSync(join(place, found.name), { throwIfNoEntry: false });
      return status === undefined ? [] : [{ name: found.name, kind: 'file', size: status.size }];
    });
  }

  read(path: string, limit: number): Buffer | undefined {
    const place = this.#at(path);
    const status = statSync(place, { throwIfNoEntry: false });
    return status?.isFile() === true && status.size <= limit ? readFileSync(place) : undefined;
  }

  async write(path: string, content: EspContent): Promise<void> {
    const place = this.#at(path);
    this.#touch(path);
    try {
      await using file = await open(place, 'w', 0o600);
      let unsynced = 0;
      for await (const piece of content) {
        await file.writeFile(piece);
        unsynced += piece.length;
        if (unsynced < BYTES_BETWEEN_SYNCS) continue;
        await file.sync();
        unsynced = 0;
      }
      await file.sync();
    } catch (error) {
      rmSync(place, { force: true });
      throw this.#refused(path, error);
    }
  }

  empty(path: string): void {
    this.#touch(path);
    this.#change(path, () => truncateSync(this.#at(path), 0));
  }

  rename(from: string, to: string): void {
    if (statSync(this.#at(to), { throwIfNoEntry: false }) !== undefined) {
      throw unusable(`${to} is there already, and ${from} cannot take its name`);
    }
    this.#touch(from);
    this.#touch(to);
    this.#change(to, () => renameSync(this.#at(from), this.#at(to)));
  }

  remove(path: string): void {
    this.#touch(path);
    this.#change(path, () => rmSync(this.#at(path), { force: true }));
  }

  /**
   * The file first: a renamed file's entry gets its cluster and size only when its inode is written, and syncing the directory does not write
   * it (Linux, fs/fat/namei_vfat.c: the new entry is made with cluster 0, then `mark_inode_dirty(old_inode)`).
   */
  sync(): void {
    for (const path of this.#dirty) {
      const place = this.#at(path);
      if (statSync(place, { throwIfNoEntry: false })?.isFile() !== true) continue;
      const file = openSync(place, 'r');
      try {
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    }
    for (const directory of new Set([...this.#dirty].map((path) => dirname(this.#at(path))))) syncDirectory(directory);
    this.#dirty.clear();
  }

  free(): number {
    const { bavail, bsize } = statfsSync(this.#mountPoint);
    return bavail * bsize;
  }

  writable(): boolean {
    try {
      // The dot: what is mounted when somebody looks would otherwise not be looked at, but where it will be.
      accessSync(`${this.#mountPoint}/.`, constants.W_OK);
      return true;
    } catch {
      return false;
    }
  }

  async offline(work: () => void): Promise<void> {
    this.sync();
    // Looking at it mounts it: then its device is known, and whether somebody else has it can be asked.
    readdirSync(this.#mountPoint);
    const device = mountedDevice(readFileSync('/proc/self/mountinfo', 'latin1'), this.#mountPoint, 'vfat');
    if (device === undefined) throw unusable('it is not mounted');
    await systemctl('stop', MOUNT_UNIT);
    try {
      using _ = heldAlone(`/dev/block/${device}`);
      work();
    } finally {
      await systemctl('start', MOUNT_UNIT);
    }
  }

  #touch(path: string): void {
    this.#dirty.add(path);
  }

  #change(path: string, change: () => void): void {
    try {
      change();
    } catch (error) {
      throw this.#refused(path, error);
    }
  }

  #refused(path: string, error: unknown): unknown {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOSPC') {
      return new AshlarError(
        'esp-too-small',
        `${path} does not fit: the EFI system partition has ${exactBytes(this.free())} left.`,
        {
          hint: 'Remove what is not a boot entry of this system from it: `ls -lR /efi` lists what it holds.',
          cause: error,
        },
      );
    }
    if (code === 'EROFS') return unusable('it is read-only', error);
    return code === 'EIO' ? unusable(`${path} cannot be written, the disk refuses`, error) : error;
  }

  #at(path: string): string {
    if (!PATH.test(path)) throw unusable(`“${path}” is no path in it`);
    return join(this.#mountPoint, path);
  }
}

/** What a file system that is still mounted somewhere, in another mount namespace too, has in memory would be written over a repair. */
function heldAlone(device: string): Disposable {
  try {
    return holdDevice(device);
  } catch (error) {
    throw unusable(`${device} is in use although it was unmounted`, error);
  }
}

async function systemctl(verb: 'start' | 'stop', unit: string): Promise<void> {
  try {
    await promisify(execFile)('systemctl', ['--quiet', verb, unit]);
  } catch (error) {
    throw unusable(`systemd could not ${verb} ${unit}`, error);
  }
}

function unusable(what: string, cause?: unknown): AshlarError {
  return new AshlarError('esp-unusable', `The EFI system partition cannot be used: ${what}.`, {
    hint: 'Linux makes a damaged FAT volume read-only: see `dmesg`; `ashlar doctor` says what is wrong with it.',
    cause,
  });
}
