import { type FatDirectoryNode, type FatFileNode, readFat32, readFatFile } from '../../formats/fat/read-fat32.ts';
import { parsePartitionTable } from '../../formats/gpt/parse-table.ts';
import type { Partition } from '../../formats/gpt/partition-table.ts';
import { PARTITION_TYPE } from '../../formats/gpt/partition-types.ts';
import { partitionUuidsFromRootHash } from '../../formats/gpt/partition-uuids.ts';
import { parsePe, sectionContent } from '../../formats/pe/parse-pe.ts';
import type { ReadAt } from '../../formats/read-at.ts';
import { VERITY_BLOCK_BYTES, verityLayout } from '../../formats/verity/layout.ts';
import { verifyVerityLeaves } from '../../formats/verity/verify-tree.ts';
import { isSha256, type Sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import type { Finding } from '../../model/finding.ts';
import { aboutFile } from '../about-file.ts';
import { hashImageFile } from '../assemble/verity.ts';
import { openImage } from './open-image.ts';
import { counted, refusedFinding, type Verification, type VerifyOptions } from './verify-release.ts';

/** Far more than a boot image honestly has: what is larger is not read. */
const MAX_UKI_BYTES = 1024 ** 3;

/** A boot image of the disk, and the root that it starts. */
interface BootEntry {
  readonly file: string;
  readonly rootHash: Sha256;
  readonly dataBlocks: number;
  readonly salt: Buffer;
}

/**
 * Checks the raw disk at `path` as its own boot chain would: partition table (both copies), EFI system partition, and for each boot
 * image the two partitions that its root hash names, every block of them. Throws `partition-table-invalid`, `image-corrupt` when
 * not even that much can be read.
 */
export async function verifyDisk(path: string, { progress, signal }: VerifyOptions): Promise<Verification> {
  const disk = openImage(path);
  try {
    const { table, copies } = await aboutFile(path, () => parsePartitionTable(disk.readAt, disk.size));
    const findings: Finding[] = copies === 'equal' ? [] : [copiesFinding(copies)];
    const partitions = table.partitions.filter((partition) => partition !== undefined);
    const esp = partitions.find(({ type }) => type === PARTITION_TYPE.esp);
    if (esp === undefined) return { findings: [...findings, noEsp()], held: [] };

    const entries = readBootEntries(within(disk.readAt, esp), esp.size, findings);
    if (entries.length === 0) findings.push(noEntries());
    const held: string[] = [];
    for (const entry of entries) {
      const step = progress.begin(`Verifying ${entry.file}`, {
        total: entry.dataBlocks * VERITY_BLOCK_BYTES,
        unit: 'bytes',
      });
      const wrong = await verifySlot(path, disk.readAt, entry, partitions, signal);
      findings.push(...wrong);
      if (wrong.length === 0) held.push(`${entry.file}: ${entry.dataBlocks} blocks under root hash ${entry.rootHash}`);
      step.advance(entry.dataBlocks * VERITY_BLOCK_BYTES);
      step.end(wrong.length === 0 ? 'all of it holds' : counted(wrong.length));
    }
    return { findings, held };
  } finally {
    disk.close();
  }
}

/** The boot images in `EFI/Linux` (Boot Loader Specification, type 2). What is wrong with one is added to `findings`. */
function readBootEntries(readAt: ReadAt, size: number, findings: Finding[]): BootEntry[] {
  const { root, problems } = readFat32(readAt, size);
  for (const problem of problems) findings.push(espProblem(problem));
  const files = child(child(root, 'EFI'), 'Linux')?.children ?? [];
  const entries: BootEntry[] = [];
  for (const file of files) {
    if (file.type !== 'file' || !file.name.toLowerCase().endsWith('.efi')) continue;
    const entry = tryBootEntry(readAt, file);
    if (typeof entry === 'string') findings.push(badEntry(file.name, entry));
    else entries.push(entry);
  }
  return entries;
}

/** Paths on FAT have no case. */
function child(directory: FatDirectoryNode | undefined, name: string): FatDirectoryNode | undefined {
  return directory?.children.find(
    (node): node is FatDirectoryNode => node.type === 'directory' && node.name.toLowerCase() === name.toLowerCase(),
  );
}

/** One boot image that is damaged is a finding, and does not keep the others from being checked. */
function tryBootEntry(readAt: ReadAt, file: FatFileNode): BootEntry | string {
  try {
    return readBootEntry(readAt, file);
  } catch (error) {
    if (error instanceof AshlarError && error.code === 'boot-image-invalid') return error.message.replace(/\.$/, '');
    throw error;
  }
}

/** What a boot image starts, or why that cannot be told. */
function readBootEntry(readAt: ReadAt, file: FatFileNode): BootEntry | string {
  const bytes = readFatFile(readAt, file, MAX_UKI_BYTES);
  if (bytes === undefined) return 'its bytes cannot be followed on the volume';
  const section = parsePe(bytes).sections.find(({ name }) => name === '.cmdline');
  if (section === undefined) return 'it has no kernel command line';
  const words = sectionContent(bytes, section)
    .toString('utf8')
    .replace(/[\0\n]+$/, '')
    .split(' ');
  const value = (name: string): string =>
    words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  const rootHash = value('roothash');
  if (!isSha256(rootHash)) return 'its command line names no root hash';
  const options = new Map(
    value('systemd.verity_root_options')
      .split(',')
      .map((option): [string, string] => [option.split('=', 1)[0]!, option.slice(option.indexOf('=') + 1)]),
  );
  const dataBlocks = Number(options.get('data-blocks'));
  const salt = options.get('salt') ?? '';
  if (!Number.isSafeInteger(dataBlocks) || dataBlocks < 1 || !/^([0-9a-f]{2})+$/.test(salt)) {
    return 'its command line does not say how the root is checked';
  }
  return { file: file.name, rootHash, dataBlocks, salt: Buffer.from(salt, 'hex') };
}

async function verifySlot(
  path: string,
  readAt: ReadAt,
  { file, rootHash, dataBlocks, salt }: BootEntry,
  partitions: readonly Partition[],
  signal: AbortSignal | undefined,
): Promise<Finding[]> {
  const uuids = partitionUuidsFromRootHash(rootHash);
  const data = partitions.find(({ uuid }) => uuid === uuids.root);
  const tree = partitions.find(({ uuid }) => uuid === uuids.verity);
  if (data === undefined || tree === undefined) return [noSlot(file, data === undefined ? uuids.root : uuids.verity)];
  const bytes = dataBlocks * VERITY_BLOCK_BYTES;
  const treeBytes = verityLayout(dataBlocks).treeBlocks * VERITY_BLOCK_BYTES;
  if (bytes > data.size || treeBytes > tree.size) return [badEntry(file, 'its root is larger than its partitions')];
  const leaves = await hashImageFile(path, salt, { signal, range: { offset: data.start, bytes } });
  const hashes = readAt(tree.start, treeBytes);
  return verifyVerityLeaves(leaves, hashes, rootHash).map((run) =>
    refusedFinding(run, `slot ${data.label}`, `hash tree ${tree.label}`, DAMAGED),
  );
}

/** The part of the disk that a partition is. */
function within(readAt: ReadAt, { start, size }: Partition): ReadAt {
  return (offset, bytes) => {
    if (offset < 0 || offset + bytes > size)
      throw new RangeError(`${bytes} bytes at ${offset} lie outside of the partition`);
    return readAt(start + offset, bytes);
  };
}

const DAMAGED = 'Do not start it: write the disk anew from its release. If it comes back, the disk itself is failing.';
const WRITE_ANEW = 'Write the disk anew from its release.';

function copiesFinding(copies: 'differ' | 'primary-only' | 'backup-only'): Finding {
  const what = {
    differ: 'The two copies of the partition table differ: an update was cut short.',
    'primary-only': 'The backup copy of the partition table is damaged.',
    'backup-only': 'The primary copy of the partition table is damaged; Linux uses the backup.',
  }[copies];
  return {
    severity: 'warning',
    rule: 'partition-table-copies',
    message: what,
    hint: 'An update of the running system mends it.',
  };
}

function noEsp(): Finding {
  return { severity: 'error', rule: 'esp-missing', message: 'The disk has no EFI system partition.', hint: WRITE_ANEW };
}

function noEntries(): Finding {
  return {
    severity: 'error',
    rule: 'boot-entry-missing',
    message: 'There is no boot image in EFI/Linux.',
    hint: WRITE_ANEW,
  };
}

function espProblem(problem: string): Finding {
  return { severity: 'error', rule: 'esp-damaged', message: `EFI system partition: ${problem}.`, hint: WRITE_ANEW };
}

function badEntry(file: string, why: string): Finding {
  return { severity: 'error', rule: 'boot-entry-invalid', message: `${file}: ${why}.`, hint: WRITE_ANEW, path: file };
}

function noSlot(file: string, uuid: string): Finding {
  return {
    severity: 'error',
    rule: 'slot-missing',
    message: `${file} starts a root that no partition holds (${uuid}).`,
    hint: WRITE_ANEW,
    path: file,
  };
}
