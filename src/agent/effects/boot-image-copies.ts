import { PE_HEADER_BYTES, readPe } from '../../formats/pe/read-pe.ts';
import { sharedSections } from '../../formats/pe/shared-sections.ts';
import { readAtOf } from '../../formats/read-at.ts';
import type { ReleaseFile } from '../../model/manifest.ts';
import { objectPath } from '../../model/repository.ts';
import type { RepositoryReader } from '../../store/transport/repository-reader.ts';
import { fileReader, partitionReader, readEspFiles } from '../slots/esp-files.ts';
import type { SlotDisk } from '../slots/slot-disk.ts';
import { readSlotLayout } from '../slots/slot-layout.ts';
import type { LocalRun } from './fetch-object.ts';

/**
 * Runs of the boot image `file` that boot images on the ESP seem to have as well, ascending and apart: kernel and initrd, where the update does not change them.
 * Of the new one only the headers are fetched. Nothing of it is trusted: who uses the runs checks the whole.
 */
export async function bootImageCopies(
  { device, esp }: Pick<SlotDisk, 'device' | 'esp'>,
  reader: RepositoryReader,
  { size, sha256 }: ReleaseFile,
  signal: AbortSignal,
): Promise<LocalRun[]> {
  const ranges = [{ offset: 0, length: Math.min(PE_HEADER_BYTES, size) }];
  const pieces: Buffer[] = [];
  for await (const { bytes } of reader.readRanges(objectPath(sha256), ranges, { signal })) pieces.push(bytes);
  const image = readPe(readAtOf(Buffer.concat(pieces)), size);
  if (image === undefined) return [];
  esp.sync();
  const partition = partitionReader(device, readSlotLayout(device).esp);
  const runs = new Map<number, LocalRun>();
  for (const { checked } of readEspFiles(device, readSlotLayout(device).esp).files) {
    if (checked.extents === undefined) continue;
    const read = fileReader(partition, checked.extents);
    const other = readPe(read, checked.record.size);
    if (other === undefined) continue;
    for (const { offset, otherOffset, bytes } of sharedSections(image, other)) {
      runs.set(offset, { offset, bytes, read: (at, length) => read(otherOffset + at, length) });
    }
  }
  return [...runs.values()].sort((a, b) => a.offset - b.offset);
}
