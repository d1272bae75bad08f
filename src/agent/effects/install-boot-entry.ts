import { createReadStream, existsSync } from 'node:fs';
import type { Target } from '../../engine/generation.ts';
import { makeDirectory } from '../../store/make-directory.ts';
import type { Device } from '../device/device.ts';
import { installEntry } from '../slots/install-entry.ts';
import { releaseSource } from '../sources/release-source.ts';
import { fetchObject } from './fetch-object.ts';
import { fetchedManifest } from './kept-manifest.ts';
import { scratchOf } from './scratch.ts';
import { tryBootLoader } from './update-boot-loader.ts';

const FOLDER_MODE = 0o700;

/** Arms `target`: its boot image gets an entry with the configured tries. It is fetched again when it is not on the device any more. */
export async function installBootEntry(device: Device, target: Target, signal: AbortSignal): Promise<void> {
  const { uki } = fetchedManifest(device.paths, target).boot;
  const scratch = scratchOf(device.paths, target);
  const content = async function* (): AsyncGenerator<Buffer> {
    if (!existsSync(scratch.bootImage)) {
      makeDirectory(scratch.folder, FOLDER_MODE);
      const reader = releaseSource(device);
      await fetchObject({ reader, file: uki, out: scratch.bootImage, signal, onBytes: () => {} });
    }
    yield* createReadStream(scratch.bootImage, { signal });
  };
  const image = { size: uki.size, sha256: uki.sha256, content };
  await device.withDisk((disk) => installEntry(disk, target, device.config.tries, image));
  await tryBootLoader(device, target);
}
