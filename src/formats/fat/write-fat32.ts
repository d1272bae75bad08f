import { AshlarError } from '../../model/error.ts';
import { encodeBootSector, encodeFsInfo, encodeLabel, type FatIdentity } from './boot-sector.ts';
import {
  ATTRIBUTE,
  DIRECTORY_ENTRY_BYTES,
  encodeEntries,
  encodeShortEntry,
  entryCount,
  type FatTime,
  fatTime,
} from './directory-entry.ts';
import { type FatName, fatNames } from './fat-name.ts';
import {
  BACKUP_BOOT_SECTOR,
  FAT_COUNT,
  FAT_ENTRY_BYTES,
  type FatGeometry,
  FIRST_CLUSTER,
  FSINFO_SECTOR,
  fatGeometry,
  SECTOR_BYTES,
} from './geometry.ts';

/** A file of the volume; directories on its path are made. */
export interface FatFile {
  /** With slashes, relative to the root: `EFI/BOOT/BOOTX64.EFI`. */
  readonly path: string;
  readonly content: FatContent;
}

/** Bytes in memory, or a known number of them that `copyTo` hands over in order, piece by piece, when they are written. */
export type FatContent =
  | Buffer
  | { readonly size: number; readonly copyTo: (write: (bytes: Uint8Array) => void) => void };

export interface FatVolume extends FatIdentity {
  /** Of the whole volume in bytes. */
  readonly size: number;
  /** Every time stamp, in seconds since 1970. */
  readonly mtime: number;
  readonly files: readonly FatFile[];
}

/** Receives the bytes of the volume. What is never written is zero. */
export type FatSink = (offset: number, bytes: Uint8Array) => void;

const END_OF_CHAIN = 0x0fff_ffff;
/** The first two entries of a FAT: the media byte, and “unmounted cleanly, no errors”. */
const RESERVED_ENTRIES = [0x0fff_fff8, 0x0fff_ffff];
const MAX_FILE_BYTES = 0xffff_ffff;

interface Directory {
  readonly name: string;
  readonly parent: Directory | undefined;
  readonly children: Map<string, Directory | { readonly name: string; readonly file: FatFile }>;
}

/** A run of clusters that holds one directory or file. */
interface Placed {
  readonly cluster: number;
  readonly clusters: number;
}

/**
 * Writes a FAT32 volume with long names (Microsoft FAT specification; VFAT). Every directory and file lies in one run, directories
 * first, in the order of their names, so the bytes depend on the arguments alone. Throws `esp-too-small` when the files do not fit,
 * with the numbers, before anything is written.
 */
export function writeFat32(volume: FatVolume, sink: FatSink): void {
  const geometry = fatGeometry(volume.size);
  const root = treeOf(volume.files);
  const directories = listDirectories(root);
  const files = directories.flatMap((directory) => sortedChildren(directory).filter((child) => 'file' in child));
  const layout = new Layout(geometry);
  for (const directory of directories) layout.place(directory, directoryBytes(directory));
  for (const { file } of files) layout.place(file, contentSize(file));
  layout.check(volume.size);

  const boot = encodeBootSector(geometry, volume);
  const fsInfo = encodeFsInfo(layout.freeClusters, layout.nextCluster);
  for (const at of [0, BACKUP_BOOT_SECTOR]) {
    sink(at * SECTOR_BYTES, boot);
    sink((at + FSINFO_SECTOR) * SECTOR_BYTES, fsInfo);
  }
  const fat = layout.encodeFat();
  for (let copy = 0; copy < FAT_COUNT; copy++) {
    sink((geometry.reservedSectors + copy * geometry.fatSectors) * SECTOR_BYTES, fat);
  }
  const time = fatTime(volume.mtime);
  for (const directory of directories) {
    sink(layout.offsetOf(directory), encodeDirectory(directory, layout, time, volume.label));
  }
  for (const { file } of files) writeContent(file, layout.offsetOf(file), sink);
}

/** Bytes that a volume of `size` bytes still has free once `files` are on it; negative when they do not fit. */
export function fatFreeBytes(size: number, files: readonly FatFile[]): number {
  const geometry = fatGeometry(size);
  const layout = new Layout(geometry);
  for (const directory of listDirectories(treeOf(files))) layout.place(directory, directoryBytes(directory));
  for (const file of files) layout.place(file, contentSize(file));
  return layout.freeClusters * geometry.clusterBytes;
}

/** Gives out clusters in order and remembers who has which. */
class Layout {
  readonly #geometry: FatGeometry;
  readonly #placed = new Map<Directory | FatFile, Placed>();
  nextCluster = FIRST_CLUSTER;

  constructor(geometry: FatGeometry) {
    this.#geometry = geometry;
  }

  get freeClusters(): number {
    return this.#geometry.clusterCount - (this.nextCluster - FIRST_CLUSTER);
  }

  place(what: Directory | FatFile, bytes: number): void {
    const clusters = Math.ceil(bytes / this.#geometry.clusterBytes);
    this.#placed.set(what, { cluster: clusters === 0 ? 0 : this.nextCluster, clusters });
    this.nextCluster += clusters;
  }

  check(volumeBytes: number): void {
    if (this.freeClusters >= 0) return;
    const used = (this.nextCluster - FIRST_CLUSTER) * this.#geometry.clusterBytes;
    const room = this.#geometry.clusterCount * this.#geometry.clusterBytes;
    throw new AshlarError(
      'esp-too-small',
      `the files of the EFI system partition need ${used} bytes, but a partition of ${volumeBytes} bytes has room for ${room}`,
      { hint: 'Make the EFI system partition larger in the definition (disk.esp).' },
    );
  }

  clusterOf(what: Directory | FatFile): number {
    return this.#placed.get(what)!.cluster;
  }

  offsetOf(what: Directory | FatFile): number {
    return this.#geometry.dataOffset + (this.clusterOf(what) - FIRST_CLUSTER) * this.#geometry.clusterBytes;
  }

  /** The used part of the FAT; the rest is zero, which means free. */
  encodeFat(): Buffer {
    const fat = Buffer.alloc(this.nextCluster * FAT_ENTRY_BYTES);
    for (const [index, value] of RESERVED_ENTRIES.entries()) fat.writeUInt32LE(value, index * FAT_ENTRY_BYTES);
    for (const { cluster, clusters } of this.#placed.values()) {
      for (let index = 0; index < clusters; index++) {
        const next = index + 1 < clusters ? cluster + index + 1 : END_OF_CHAIN;
        fat.writeUInt32LE(next, (cluster + index) * FAT_ENTRY_BYTES);
      }
    }
    return fat;
  }
}

function treeOf(files: readonly FatFile[]): Directory {
  const root: Directory = { name: '', parent: undefined, children: new Map() };
  for (const file of files) {
    const parts = file.path.split('/');
    const name = parts.pop()!;
    let directory = root;
    for (const part of parts) {
      const child: Directory | { name: string; file: FatFile } = directory.children.get(part) ?? {
        name: part,
        parent: directory,
        children: new Map(),
      };
      if ('file' in child) throw conflict(file.path);
      directory.children.set(part, child);
      directory = child;
    }
    if (directory.children.has(name)) throw conflict(file.path);
    directory.children.set(name, { name, file });
  }
  return root;
}

function conflict(path: string): AshlarError {
  return new AshlarError('path-conflict', `two files of the EFI system partition want the path “${path}”`, {
    hint: 'Leave one of them out; a file cannot be a directory as well.',
  });
}

/** All directories, each before those in it. */
function listDirectories(root: Directory): Directory[] {
  const all = [root];
  for (const directory of all) {
    for (const child of sortedChildren(directory)) if (!('file' in child)) all.push(child);
  }
  return all;
}

/** By code units of the upper-case name: a fixed order that is also the one FAT compares in. */
function sortedChildren(directory: Directory): (Directory | { readonly name: string; readonly file: FatFile })[] {
  const key = ({ name }: { name: string }): string => name.toUpperCase();
  return [...directory.children.values()].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

function namesOf(directory: Directory): FatName[] {
  return fatNames(sortedChildren(directory).map(({ name }) => name));
}

function directoryBytes(directory: Directory): number {
  // The volume label in the root, `.` and `..` elsewhere.
  const own = directory.parent === undefined ? 1 : 2;
  const entries = namesOf(directory).reduce((sum, name) => sum + entryCount(name), own);
  return entries * DIRECTORY_ENTRY_BYTES;
}

function encodeDirectory(directory: Directory, layout: Layout, time: FatTime, label: string): Buffer {
  const own = (cluster: number, attributes: number) => ({ attributes, cluster, size: 0, time });
  // The root directory has no cluster number when it is named as a parent (§6).
  const clusterAsParent = (parent: Directory): number => (parent.parent === undefined ? 0 : layout.clusterOf(parent));
  const head =
    directory.parent === undefined
      ? [encodeShortEntry(encodeLabel(label), own(0, ATTRIBUTE.volumeLabel))]
      : [
          encodeShortEntry('.', own(layout.clusterOf(directory), ATTRIBUTE.directory)),
          encodeShortEntry('..', own(clusterAsParent(directory.parent), ATTRIBUTE.directory)),
        ];
  const names = namesOf(directory);
  const entries = sortedChildren(directory).map((child, index) =>
    encodeEntries(
      names[index]!,
      'file' in child
        ? { attributes: ATTRIBUTE.archive, cluster: layout.clusterOf(child.file), size: contentSize(child.file), time }
        : own(layout.clusterOf(child), ATTRIBUTE.directory),
    ),
  );
  return Buffer.concat([...head, ...entries]);
}

function contentSize({ path, content }: FatFile): number {
  const size = 'size' in content ? content.size : content.length;
  if (Number.isInteger(size) && size >= 0 && size <= MAX_FILE_BYTES) return size;
  throw new AshlarError('usage', `“${path}” with ${size} bytes does not fit on a FAT volume`, {
    hint: 'A file has less than 4 GiB.',
  });
}

function writeContent(file: FatFile, offset: number, sink: FatSink): void {
  const { path, content } = file;
  if (!('size' in content)) {
    if (content.length > 0) sink(offset, content);
    return;
  }
  let written = 0;
  content.copyTo((bytes) => {
    if (written + bytes.length <= content.size) sink(offset + written, bytes);
    written += bytes.length;
  });
  if (written !== content.size) {
    throw new AshlarError('internal', `“${path}” was announced with ${content.size} bytes and has ${written}`, {
      hint: 'Did the file change while it was read? Try again.',
    });
  }
}
