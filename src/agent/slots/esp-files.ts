import { type BootEntry, parseBootEntry } from '../../formats/boot-entry.ts';
import { type CheckedEntry, type CheckedVolume, checkFat32 } from '../../formats/fat/check-fat32.ts';
import type { FatExtent } from '../../formats/fat/read-fat32.ts';
import type { Partition } from '../../formats/gpt/partition-table.ts';
import { SECTOR_BYTES } from '../../formats/gpt/partition-table.ts';
import { type BootImageIdentity, bootImageIdentity } from '../../formats/pe/boot-image-identity.ts';
import type { ReadAt } from '../../formats/read-at.ts';
import type { BlockDevice } from './block-device.ts';

/** Where boot images lie on the ESP (UAPI Boot Loader Specification, type #2). */
export const ENTRY_FOLDER = 'EFI/Linux';
/** A file that is being written. Neither this nor its 8.3 alias, `.NEW`, is anything to a loader. */
export const TEMPORARY_SUFFIX = '.new';

/** A file of `EFI/Linux`, by what it is called and by what it says of itself. */
export interface EntryFile {
  /** Path from the ESP's root. */
  readonly path: string;
  readonly file: string;
  readonly checked: CheckedEntry;
  /** Undefined when it cannot be read as a boot image. */
  readonly identity: BootImageIdentity | undefined;
  readonly standing: FileStanding;
}

export type FileStanding =
  /** A boot entry whose name fits what is in it, as far as that can be read. */
  | { readonly kind: 'entry'; readonly entry: BootEntry }
  | { readonly kind: 'temporary' }
  /** A boot image under a name that says something else: what is left of a long name is its 8.3 alias. */
  | { readonly kind: 'nameless' }
  | { readonly kind: 'foreign' };

/** The ESP as it lies on the disk. */
export interface EspFiles {
  readonly volume: CheckedVolume;
  readonly files: readonly EntryFile[];
}

/**
 * Reads the ESP from the disk itself and not through its mount, because names are not all that can be wrong: which clusters a file has
 * is told by no system call. What Linux has not written yet is not seen; sync first.
 */
export function readEspFiles(device: BlockDevice, esp: Partition): EspFiles {
  const readAt = partitionReader(device, esp);
  const volume = checkFat32(readAt, esp.size);
  const files = volume.files
    .filter(({ path }) => path.toLowerCase().startsWith(`${ENTRY_FOLDER.toLowerCase()}/`))
    .map((checked): EntryFile => {
      const { extents, record, path } = checked;
      const identity = extents === undefined ? undefined : bootImageIdentity(fileReader(readAt, extents), record.size);
      return { path, file: record.name, checked, identity, standing: standingOf(record.name, identity) };
    });
  return { volume, files };
}

/** Reads a partition in whole sectors, whatever is asked for. */
export function partitionReader(device: BlockDevice, partition: Partition): ReadAt {
  return (offset, bytes) => {
    if (offset < 0 || bytes < 0 || offset + bytes > partition.size) {
      throw new RangeError(`${bytes} bytes at ${offset} are outside of a partition of ${partition.size} bytes`);
    }
    const start = Math.floor(offset / SECTOR_BYTES) * SECTOR_BYTES;
    const end = Math.ceil((offset + bytes) / SECTOR_BYTES) * SECTOR_BYTES;
    return device.read(partition.start + start, end - start).subarray(offset - start, offset - start + bytes);
  };
}

/** Reads a file that lies in `extents` of what `readAt` reads. */
export function fileReader(readAt: ReadAt, extents: readonly FatExtent[]): ReadAt {
  return (offset, bytes) => {
    const pieces: Buffer[] = [];
    let at = 0;
    for (const extent of extents) {
      const from = Math.max(offset, at);
      const to = Math.min(offset + bytes, at + extent.bytes);
      if (from < to) pieces.push(readAt(extent.offset + from - at, to - from));
      at += extent.bytes;
    }
    const result = Buffer.concat(pieces);
    if (result.length !== bytes)
      throw new RangeError(`${bytes} bytes at ${offset} are outside of a file of ${at} bytes`);
    return result;
  };
}

function standingOf(file: string, identity: BootImageIdentity | undefined): FileStanding {
  if (file.toLowerCase().endsWith(TEMPORARY_SUFFIX)) return { kind: 'temporary' };
  const entry = parseBootEntry(file);
  const fits = identity === undefined || (entry?.name === identity.name && entry?.version === identity.version);
  if (entry !== undefined && fits) return { kind: 'entry', entry };
  return identity?.rootHash === undefined || identity.name === undefined || identity.version === undefined
    ? { kind: 'foreign' }
    : { kind: 'nameless' };
}
