import { readFileSync } from 'node:fs';
import type { Release } from '../../engine/generation.ts';
import { VERITY_BLOCK_BYTES } from '../../formats/verity/layout.ts';
import { makeDirectory } from '../../store/make-directory.ts';
import { assertWillStart } from '../../trust/secure-boot/assert-will-start.ts';
import { firmwareDatabases } from '../../trust/secure-boot/firmware-databases.ts';
import { newImageOf } from '../blocks/new-image.ts';
import { planBlocks } from '../blocks/plan-blocks.ts';
import type { Device } from '../device/device.ts';
import { releaseSource } from '../sources/release-source.ts';
import { fetchBootImage } from './fetch-boot-image.ts';
import { fetchManifest } from './fetch-manifest.ts';
import { fetchObject } from './fetch-object.ts';
import { keepManifest } from './kept-manifest.ts';
import { localImages } from './local-images.ts';
import { scratchOf } from './scratch.ts';
import { openTreeFile } from './tree-file.ts';

const FOLDER_MODE = 0o700;

/** Manifest, boot image, loader and hash tree of a release onto `/var`, each checked. What is there already is not fetched again. */
export async function fetchRelease(device: Device, target: Release, slot: number, signal: AbortSignal): Promise<void> {
  const reader = releaseSource(device);
  const { bytes, manifest } = await fetchManifest(reader, target, signal);
  keepManifest(device.paths, target, bytes);
  const scratch = scratchOf(device.paths, target);
  makeDirectory(scratch.folder, FOLDER_MODE);
  const { uki, loader } = manifest.boot;
  let done = 0;
  const onBytes = (bytes: number): void => {
    done += bytes;
    device.progress({ activity: 'fetching the boot image', done, total: uki.size + loader.size });
  };
  await device.withDisk((disk) =>
    fetchBootImage(disk, { reader, file: uki, out: scratch.bootImage, signal, onBytes }, device.log),
  );
  await fetchObject({ reader, file: loader, out: scratch.loader, signal, onBytes });
  // Firmware that refuses a boot image may wait for a person: it is asked now, before anything of the running system is given up.
  const databases = firmwareDatabases(device.paths.efiVariables);
  // Read whole only for firmware that is particular: a boot image takes tens of MB of memory.
  if (databases !== undefined) {
    assertWillStart(readFileSync(scratch.bootImage), uki.name, databases);
    assertWillStart(readFileSync(scratch.loader), loader.name, databases);
  }
  const image = newImageOf(manifest);
  using tree = openTreeFile(scratch.tree, manifest.root.tree.size);
  await device.withDisk(async (disk) => {
    const plan = await planBlocks({ reader, image, locals: localImages(disk, slot), tree, signal });
    const [fetched, copied] = [plan.toFetch, plan.toCopy].map((blocks) => blocks * VERITY_BLOCK_BYTES);
    device.log(
      `${target.name} ${target.version}: ${fetched} bytes of the image to fetch, ${copied} are on this device`,
    );
  });
  tree.sync();
}
