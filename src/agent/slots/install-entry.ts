import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Generation } from '../../engine/generation.ts';
import { formatBootEntry } from '../../formats/boot-entry.ts';
import type { Sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { exactBytes } from '../../model/format-bytes.ts';
import {
  ENTRY_FOLDER,
  type EntryFile,
  fileReader,
  partitionReader,
  readEspFiles,
  TEMPORARY_SUFFIX,
} from './esp-files.ts';
import type { EspContent } from './esp-folder.ts';
import { removeEntry } from './remove-entry.ts';
import type { SlotDisk } from './slot-disk.ts';
import { readSlotLayout } from './slot-layout.ts';

/** A boot image as the manifest names it. */
export interface BootImage {
  readonly size: number;
  readonly sha256: Sha256;
  /** Its bytes, asked for when they are needed. */
  readonly content: () => EspContent;
}

/** Read and hashed at once. */
const PIECE_BYTES = 1 << 20;

/**
 * Arms a generation: its boot image gets a name with tries, and the loader will start it. It is written under a name that nobody starts,
 * read back from the disk, and only then renamed. An image that is there already under whatever name is renamed. Throws `esp-too-small`
 * with the numbers, `slot-not-verified` when what is on the disk is something else, `slot-not-free` when no slot holds the generation.
 */
export async function installEntry(
  disk: SlotDisk,
  generation: Generation,
  tries: number,
  image: BootImage,
): Promise<void> {
  const { device, esp } = disk;
  esp.sync();
  const { slots } = readSlotLayout(device);
  if (!slots.some(({ content }) => content.kind === 'release' && content.rootHash === generation.rootHash)) {
    throw new AshlarError(
      'slot-not-free',
      `No slot holds ${generation.name} ${generation.version}, and nothing may start it.`,
      {
        hint: 'The image is written before its boot entry. If nothing else writes the disk, report this.',
      },
    );
  }
  const target = `${ENTRY_FOLDER}/${formatBootEntry({ ...generation, tries: { left: tries, done: 0 } })}`;
  const there = await existing(disk, generation, image);
  if (there?.path === target) return;
  const source = there?.path ?? (await writeTemporary(disk, generation, image));
  esp.rename(source, target);
  esp.sync();
}

/** The file that is this boot image, whole; files that claim to be and are not are removed, except while they run. */
async function existing(disk: SlotDisk, { rootHash }: Generation, image: BootImage): Promise<EntryFile | undefined> {
  let found: EntryFile | undefined;
  for (const file of filesOf(disk)) {
    if (file.identity?.rootHash !== rootHash || file.standing.kind === 'temporary') continue;
    if (found === undefined && (await isImage(disk, file, image))) found = file;
    else if (rootHash !== disk.running) removeEntry(disk.esp, file.path);
  }
  return found;
}

async function writeTemporary(disk: SlotDisk, { name, version }: Generation, image: BootImage): Promise<string> {
  const { esp } = disk;
  const path = `${ENTRY_FOLDER}/${formatBootEntry({ name, version, tries: undefined })}${TEMPORARY_SUFFIX}`;
  removeIfThere(disk, path);
  const free = esp.free();
  if (free < image.size) {
    throw new AshlarError(
      'esp-too-small',
      `The boot image of ${exactBytes(image.size)} does not fit: the EFI system partition has ${exactBytes(free)} left.`,
      { hint: 'Remove what is not a boot entry of this system from it: `ls -lR /efi` lists what it holds.' },
    );
  }
  await esp.write(path, image.content());
  esp.sync();
  const written = filesOf(disk).find((file) => file.path.toLowerCase() === path.toLowerCase());
  if (written !== undefined && (await isImage(disk, written, image))) return path;
  removeIfThere(disk, path);
  throw new AshlarError('slot-not-verified', `${path} on the EFI system partition is not what was written.`, {
    hint: 'The disk may be failing. The running system is not touched, and the update will be tried again.',
  });
}

function removeIfThere({ esp }: SlotDisk, path: string): void {
  const name = path.slice(ENTRY_FOLDER.length + 1);
  if (esp.list(ENTRY_FOLDER).some((file) => file.name.toLowerCase() === name.toLowerCase())) removeEntry(esp, path);
}

function filesOf({ device }: SlotDisk): readonly EntryFile[] {
  return readEspFiles(device, readSlotLayout(device).esp).files;
}

/** Whether the file, as it lies on the disk, is the image of the manifest. */
async function isImage({ device }: SlotDisk, { checked }: EntryFile, { size, sha256 }: BootImage): Promise<boolean> {
  const { extents, record } = checked;
  if (extents === undefined || record.size !== size) return false;
  const read = fileReader(partitionReader(device, readSlotLayout(device).esp), extents);
  const hash = createHash('sha256');
  for (let offset = 0; offset < size; offset += PIECE_BYTES) {
    hash.update(read(offset, Math.min(PIECE_BYTES, size - offset)));
    await setImmediate();
  }
  return hash.digest('hex') === sha256;
}
