import { createReadStream, existsSync, rmSync } from 'node:fs';
import type { Target } from '../../engine/generation.ts';
import { AshlarError } from '../../model/error.ts';
import { makeDirectory } from '../../store/make-directory.ts';
import type { Device } from '../device/device.ts';
import { installEntry } from '../slots/install-entry.ts';
import type { SlotDisk } from '../slots/slot-disk.ts';
import { releaseSource } from '../sources/release-source.ts';
import { fetchBootImage } from './fetch-boot-image.ts';
import { fetchedManifest } from './kept-manifest.ts';
import { scratchOf } from './scratch.ts';
import { tryBootLoader } from './update-boot-loader.ts';

const FOLDER_MODE = 0o700;

/** Arms `target`: its boot image gets an entry with the configured tries. It is fetched again when it is not on the device any more. */
export async function installBootEntry(device: Device, target: Target, signal: AbortSignal): Promise<void> {
  const { uki } = fetchedManifest(device.paths, target).boot;
  const scratch = scratchOf(device.paths, target);
  const content = async function* (disk: SlotDisk): AsyncGenerator<Buffer> {
    if (!existsSync(scratch.bootImage)) {
      makeDirectory(scratch.folder, FOLDER_MODE);
      const reader = releaseSource(device);
      const options = { reader, file: uki, out: scratch.bootImage, signal, onBytes: () => {} };
      await fetchBootImage(disk, options, device.log);
    }
    let done = 0;
    for await (const piece of createReadStream(scratch.bootImage, { signal })) {
      yield piece as Buffer;
      done += (piece as Buffer).length;
      device.progress({ activity: 'writing the boot image', done, total: uki.size });
    }
  };
  const { size, sha256 } = uki;
  try {
    await device.withDisk((disk) =>
      installEntry(disk, target, device.config.tries, { size, sha256, content: () => content(disk) }),
    );
  } catch (error) {
    // What is on the ESP is not what the manifest names: it may be the copy on /var that has gone bad. The next try fetches another.
    if (error instanceof AshlarError && error.code === 'slot-not-verified') rmSync(scratch.bootImage, { force: true });
    throw error;
  }
  await tryBootLoader(device, target);
}
