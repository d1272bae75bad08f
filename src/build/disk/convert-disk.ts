import { renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { AshlarError } from '../../model/error.ts';
import { runProgram } from '../program/run-program.ts';

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
 * Throws `missing-package` without qemu-img, `disk-conversion-failed` with what it says.
 */
export async function convertDisk(
  raw: string,
  format: Exclude<DiskFormat, 'raw'>,
  out: string,
  signal?: AbortSignal,
): Promise<{ readonly size: number }> {
  const aside = join(dirname(out), `.${basename(out)}.${process.pid}.new`);
  try {
    const { status, stderr } = await runProgram(
      ['qemu-img', 'convert', '-f', 'raw', ...QEMU_FORMAT[format], raw, aside],
      { signal },
    );
    if (status !== 0) {
      throw new AshlarError('disk-conversion-failed', `qemu-img could not make ${out}: ${stderr.trim()}`, {
        hint: 'Is there room on the disk? The raw disk can be made with `--format raw`.',
      });
    }
    renameSync(aside, out);
  } finally {
    rmSync(aside, { force: true });
  }
  return { size: statSync(out).size };
}
