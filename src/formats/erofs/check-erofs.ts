import { type ByteString, display } from '../../model/byte-string.ts';
import { AshlarError } from '../../model/error.ts';
import type { Finding } from '../../model/finding.ts';
import type { TreeNode } from '../../model/tree.ts';
import type { ReadAt } from '../read-at.ts';
import { checkContent, type DecodedPieces } from './check-content.ts';
import { type ErofsImage, imageOf } from './erofs-image.ts';
import { findOverlaps, type NamedRange } from './find-overlaps.ts';
import { imageCorrupt } from './image-error.ts';
import { inodeFootprint } from './inode-footprint.ts';
import { DIRENT_TYPE, SUPERBLOCK_BYTES, SUPERBLOCK_OFFSET } from './on-disk.ts';
import { readDirectory } from './read-directory.ts';
import { type ErofsInode, inodeName, readInode } from './read-inode.ts';
import { readSuperblock } from './read-superblock.ts';
import { readTarget } from './read-target.ts';
import { readXattrs } from './read-xattrs.ts';
import { isDot, joinPath, MAX_PATH_BYTES } from './walk-erofs.ts';

/** What a check came to. */
export interface ErofsReport {
  /** Every problem, up to {@link MAX_FINDINGS}. */
  readonly findings: readonly Finding[];
  readonly inodes: number;
  readonly directories: number;
  /** Bytes of all regular files, holes included, each inode once. */
  readonly contentBytes: number;
}

/** So much is read at once. */
const READ_BYTES = 1 << 20;
/** More problems than this say nothing new. */
const MAX_FINDINGS = 1_000;
const HINT = 'Compare the image with its checksum in manifest.json and fetch or build it again.';

const ENTRY_TYPES: Readonly<Record<TreeNode['type'], number>> = DIRENT_TYPE;

interface Met {
  readonly inode: ErofsInode;
  readonly path: ByteString;
  /** Names in directories, `.` and `..` among them. */
  names: number;
}

/**
 * Reads everything in an image and reports all that is wrong, going on behind each problem: the superblock and its checksum,
 * every inode, the order and types of directory entries, link counts, xattrs, that metadata and data do not overlap, that every
 * piece of every file decodes, and that every block can be read. Yields after each inode and MiB, so that the caller can show
 * progress and stop. Ends on every image, with work bounded by its size.
 */
export function* checkErofs(read: ReadAt, size: number): Generator<void, ErofsReport> {
  const findings: Finding[] = [];
  const report = (
    rule: string,
    path: ByteString | undefined,
    message: string,
    severity: Finding['severity'] = 'error',
  ): void => {
    if (findings.length >= MAX_FINDINGS) return;
    findings.push({
      severity,
      rule,
      message,
      hint: HINT,
      ...(path === undefined ? {} : { path: `/${display(path)}` }),
    });
  };
  const attempt = <Value>(rule: string, path: ByteString | undefined, work: () => Value): Value | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof AshlarError)) throw error;
      report(rule, path, error.message);
      return undefined;
    }
  };

  const superblock = attempt('erofs-superblock', undefined, () => readSuperblock(read, size));
  if (superblock === undefined) return { findings, inodes: 0, directories: 0, contentBytes: 0 };
  if (superblock.checksum === 'wrong')
    report('erofs-checksum', undefined, 'The checksum of the superblock does not match.');
  if (superblock.checksum === 'absent')
    report('erofs-checksum', undefined, 'The superblock has no checksum.', 'warning');
  const image = imageOf(read, superblock);

  const met = yield* checkNames(image, report, attempt);
  const ranges: NamedRange[] = [
    { start: SUPERBLOCK_OFFSET, end: SUPERBLOCK_OFFSET + SUPERBLOCK_BYTES, name: 'the superblock', use: 'metadata' },
  ];
  for (const { inode, path } of met.values()) {
    const footprint = attempt('erofs-inode', path, () => inodeFootprint(image, inode));
    if (footprint !== undefined)
      ranges.push({ ...footprint, name: inodeName(inode.nid), use: 'metadata', nid: inode.nid });
  }
  const overlapping = new Set<number>();
  for (const { first, second } of findOverlaps(ranges)) {
    report('erofs-overlap', undefined, `${second.name} overlaps ${first.name}, at byte ${second.start}.`);
    for (const { nid } of [first, second]) if (nid !== undefined) overlapping.add(nid);
  }

  let contentBytes = 0;
  let directories = 0;
  const data: NamedRange[] = [];
  const decoded: DecodedPieces = new Set();
  for (const { inode, path, names } of met.values()) {
    yield;
    if (inode.type === 'directory') directories += 1;
    if (inode.links !== names) {
      report('erofs-links', path, `${inodeName(inode.nid)} says it has ${inode.links} links, and has ${names}.`);
    }
    // Indexes that overlap could make an image cost far more to check than its size: they are reported, not followed.
    if (overlapping.has(inode.nid)) continue;
    attempt('erofs-xattr', path, () => readXattrs(image, inode));
    if (inode.type === 'symlink') attempt('erofs-symlink', path, () => readTarget(image, inode));
    if (inode.type !== 'file') continue;
    contentBytes += inode.size;
    const name = `the data of ${inodeName(inode.nid)}`;
    attempt('erofs-content', path, () => {
      for (const range of checkContent(image, inode, decoded)) data.push({ ...range, name, use: 'data' });
    });
  }
  for (const { first, second } of findOverlaps([...ranges, ...data])) {
    if (first.use === second.use) continue;
    report('erofs-overlap', undefined, `${second.name} overlaps ${first.name}, at byte ${second.start}.`);
  }
  // Plain data is right whatever it is, but must be readable: a verified device refuses blocks that were changed.
  for (let offset = 0; offset < image.size; offset += READ_BYTES) {
    yield;
    const length = Math.min(READ_BYTES, image.size - offset);
    attempt('erofs-unreadable', undefined, () => image.bytes(offset, length, 'the image'));
  }
  const hidden = superblock.packedNid === 0 ? 0 : 1;
  if (superblock.inodes !== met.size + hidden) {
    report(
      'erofs-inodes',
      undefined,
      `The superblock counts ${superblock.inodes} inodes, there are ${met.size + hidden}.`,
      'warning',
    );
  }
  return { findings, inodes: met.size, directories, contentBytes };
}

type Report = (rule: string, path: ByteString | undefined, message: string) => void;
type Attempt = <Value>(rule: string, path: ByteString | undefined, work: () => Value) => Value | undefined;

/** Walks all directories, and gives every inode that can be read with the number of its names. */
function* checkNames(image: ErofsImage, report: Report, attempt: Attempt): Generator<void, Map<number, Met>> {
  const met = new Map<number, Met>();
  const open: { directory: Met; parent: number }[] = [];
  let directoryBytes = 0;
  const enter = (nid: number, path: ByteString, parent: number): ErofsInode | undefined => {
    const known = met.get(nid);
    if (known?.inode.type === 'directory') {
      report(
        'erofs-directory',
        path,
        `${inodeName(nid)} is a directory of two names, the other is /${display(known.path)}.`,
      );
    }
    if (known !== undefined) {
      known.names += 1;
      return known.inode;
    }
    const inode = attempt('erofs-inode', path, () => readInode(image, nid));
    if (inode === undefined) return undefined;
    const entered = { inode, path, names: 1 };
    met.set(nid, entered);
    if (inode.type === 'directory') open.push({ directory: entered, parent });
    return inode;
  };

  const { rootNid } = image.superblock;
  const root = enter(rootNid, '' as ByteString, rootNid);
  if (root !== undefined && root.type !== 'directory')
    report('erofs-directory', undefined, 'The root is no directory.');
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    yield;
    const { directory, parent } = next;
    const { inode, path } = directory;
    directoryBytes += inode.size;
    if (directoryBytes > image.size) {
      report('erofs-directory', path, 'Directories overlap: together they are larger than the image.');
      return met;
    }
    const dots = new Map<ByteString, number>();
    attempt('erofs-directory', path, () => {
      for (const { name, nid, type } of readDirectory(image, inode)) {
        if (isDot(name)) {
          dots.set(name, nid);
          continue;
        }
        const childPath = joinPath(path, name);
        if (childPath.length > MAX_PATH_BYTES) throw imageCorrupt(inodeName(nid), 'its path is too long', inode.offset);
        const child = enter(nid, childPath, inode.nid);
        if (child === undefined) continue;
        if (child.type === 'directory') directory.names += 1;
        if (type !== ENTRY_TYPES[child.type]) {
          report('erofs-directory', childPath, `Its entry has type ${type}, the inode is a ${child.type}.`);
        }
      }
    });
    directory.names += 1;
    if (dots.get('.' as ByteString) !== inode.nid || dots.get('..' as ByteString) !== parent) {
      report('erofs-directory', path, `Its entries . and .. do not lead to itself and its parent.`);
    }
  }
  return met;
}
