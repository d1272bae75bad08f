import type { EspFolder } from './esp-folder.ts';

/**
 * Removes a boot image in two steps, each on the disk before the next: cut to nothing, then unlinked. An interrupted removal can leave
 * the 8.3 alias, which has no counter and would be started first, bad or not; empty it is no boot image to anybody.
 */
export function removeEntry(esp: EspFolder, path: string): void {
  esp.empty(path);
  esp.sync();
  esp.remove(path);
  esp.sync();
}
