import { execFileSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { openImage } from '../../src/build/verify/open-image.ts';
import { type FatFile, writeFat32 } from '../../src/formats/fat/write-fat32.ts';
import { parsePartitionTable } from '../../src/formats/gpt/parse-table.ts';
import type { Partition } from '../../src/formats/gpt/partition-table.ts';
import { PARTITION_TYPE } from '../../src/formats/gpt/partition-types.ts';

/** The EFI system partition of the raw disk at `path`. */
export function espOfDisk(path: string): Partition {
  const disk = openImage(path);
  try {
    const { partitions } = parsePartitionTable(disk.readAt, disk.size).table;
    const esp = partitions.find((partition) => partition?.type === PARTITION_TYPE.esp);
    if (esp === undefined) throw new Error(`${path} has no EFI system partition`);
    return esp;
  } finally {
    disk.close();
  }
}

/** Makes the EFI system partition of the raw disk at `path` anew, with `files` and nothing else. */
export function rewriteEsp(path: string, files: readonly FatFile[]): void {
  const esp = espOfDisk(path);
  execFileSync('fallocate', ['--punch-hole', '--offset', String(esp.start), '--length', String(esp.size), path]);
  const disk = openSync(path, 'r+');
  try {
    const volume = { size: esp.size, mtime: 1_700_000_000, files, label: 'ESP', volumeId: 0x1234_5678 };
    writeFat32(volume, (offset, bytes) => {
      for (let at = 0; at < bytes.length; ) {
        at += writeSync(disk, bytes, at, bytes.length - at, esp.start + offset + at);
      }
    });
  } finally {
    closeSync(disk);
  }
}
