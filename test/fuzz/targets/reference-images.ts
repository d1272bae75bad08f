import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const DIRECTORY = new URL('../reference-images/', import.meta.url);

/**
 * Images of one small tree made by mkfs.erofs 1.8.6, each with a layout that our writer does not use: `mkfs.erofs -x1
 * -T1700000000 -U00000000-0000-0000-0000-000000000001` with the options that the file's name tells.
 */
export function referenceImages(): Buffer[] {
  return readdirSync(DIRECTORY)
    .sort()
    .map((name) => gunzipSync(readFileSync(new URL(name, DIRECTORY))));
}
