import { sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { fileReader, partitionReader, readEspFiles, TEMPORARY_SUFFIX } from '../slots/esp-files.ts';
import { removeEntry } from '../slots/remove-entry.ts';
import type { SlotDisk } from '../slots/slot-disk.ts';
import { readSlotLayout } from '../slots/slot-layout.ts';

/** Far more than any loader has; bounds what is read at once. */
const MAX_LOADER_BYTES = 16 << 20;

/** The bytes of the file at `path`, read from the disk itself; undefined when it is not there whole. */
export function readEspFile({ device, esp }: SlotDisk, path: string): Buffer | undefined {
  esp.sync();
  const partition = readSlotLayout(device).esp;
  const found = readEspFiles(device, partition).volume.files.find(
    (file) => file.path.toLowerCase() === path.toLowerCase(),
  );
  if (found?.extents === undefined || found.record.size > MAX_LOADER_BYTES) return undefined;
  return fileReader(partitionReader(device, partition), found.extents)(0, found.record.size);
}

/**
 * Makes `bytes` the file at `path`. FAT replaces nothing in one step: for a while there is no such file, so whoever starts from it must have
 * another way meanwhile. Nothing happens when it is there already. Throws `slot-not-verified` when the disk does not give back what was written.
 */
export async function replaceEspFile(disk: SlotDisk, path: string, bytes: Buffer): Promise<void> {
  if (readEspFile(disk, path)?.equals(bytes) === true) return;
  const { esp } = disk;
  const aside = `${path}${TEMPORARY_SUFFIX}`;
  removeIfThere(disk, aside);
  await esp.write(aside, [bytes]);
  esp.sync();
  if (readEspFile(disk, aside)?.equals(bytes) !== true) {
    removeIfThere(disk, aside);
    throw new AshlarError('slot-not-verified', `${aside} is not what was written (SHA-256 ${sha256(bytes)}).`, {
      hint: 'The disk may be failing. What starts now is not touched.',
    });
  }
  removeIfThere(disk, path);
  esp.rename(aside, path);
  esp.sync();
}

function removeIfThere({ esp }: SlotDisk, path: string): void {
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1).toLowerCase();
  if (esp.list(path.slice(0, slash)).some((entry) => entry.name.toLowerCase() === name)) removeEntry(esp, path);
}
