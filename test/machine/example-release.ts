import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildRelease } from '../../src/build/build-release.ts';
import { writeDiskImage } from '../../src/build/disk/write-disk-image.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { SILENT } from '../../src/model/progress.ts';
import { openStore } from '../../src/store/store.ts';
import { ownFolder } from './own-folder.ts';

/** A release of one of the examples, and the disk that a new machine would have. */
export interface ExampleRelease {
  readonly directory: string;
  readonly manifest: Manifest;
  /** Raw; boot copies of it. */
  readonly disk: string;
  readonly [Symbol.dispose]: () => void;
}

/**
 * Builds an example as a user would; the store makes every build but the first quick. Its disk goes when it is disposed of.
 *
 * @param name a folder of `examples/`.
 */
export async function exampleRelease(name: string): Promise<ExampleRelease> {
  const store = openStore();
  const out = ownFolder();
  const place = new URL(`../../examples/${name}`, import.meta.url).pathname;
  const { directory, manifest } = await buildRelease(place, { out, store, frozen: false, progress: SILENT });
  const folder = mkdtempSync(join(out, 'disk-'));
  const disk = join(folder, 'disk.raw');
  await writeDiskImage({ manifest, directory, out: disk });
  return { directory, manifest, disk, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
