import { closeSync, fsyncSync, openSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { AshlarError } from '../../model/error.ts';
import { runProgram } from '../../store/program/run-program.ts';
import { draftFile } from '../file-draft.ts';

/** What `ashlar image` makes. */
export const DISK_FORMATS = ['raw', 'qcow2', 'vmdk', 'vhd'] as const;
export type DiskFormat = (typeof DISK_FORMATS)[number];

/** qemu-img's driver and options of each format. */
const QEMU_FORMAT: Record<Exclude<DiskFormat, 'raw'>, readonly string[]> = {
  qcow2: ['-O', 'qcow2', '-c'],
  // What VMware imports as an appliance, and what AWS takes.
  vmdk: ['-O', 'vmdk', '-o', 'subformat=streamOptimized'],
  // Azure takes fixed disks of whole MiB only; without force_size qemu-img would round to cylinders.
  vhd: ['-O', 'vpc', '-o', 'subformat=fixed,force_size=on'],
};

/**
 * Turns the raw disk at `raw` into `format` at `out`, through qemu-img, written aside and renamed. Returns the bytes of the result.
 * Throws `missing-package` without qemu-img, `disk-conversion-failed` with what it says, `disk-full`, `path-unusable`.
 */
export async function convertDisk(
  raw: string,
  format: Exclude<DiskFormat, 'raw'>,
  out: string,
  signal?: AbortSignal,
): Promise<{ readonly size: number }> {
  const draft = draftFile(out);
  try {
    // Absolute paths: qemu-img takes what stands before a colon for a protocol, unless a slash comes first.
    const { status, stderr } = await runProgram(
      ['qemu-img', 'convert', '-f', 'raw', ...QEMU_FORMAT[format], resolve(raw), draft.path],
      { signal },
    );
    if (status !== 0) throw conversionError(out, stderr.trim());
    flush(draft.path);
    draft.publish();
  } finally {
    draft.discard();
  }
  return { size: statSync(out).size };
}

function conversionError(out: string, said: string): AshlarError {
  if (/No space left|Disk quota exceeded/.test(said)) {
    return new AshlarError('disk-full', `No space is left on the disk that holds ${out}.`, {
      hint: 'Free some space, or name a place on a larger disk: the raw disk and the result are there at the same time.',
    });
  }
  return new AshlarError('disk-conversion-failed', `qemu-img could not make ${out}: ${said}`, {
    hint: 'The raw disk can be made with `--format raw`.',
  });
}

function flush(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
