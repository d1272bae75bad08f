import type { BootTries } from './boot-entry.ts';
import { compareVersions } from './version-order.ts';

/** What systemd-boot orders a boot image of `EFI/Linux` by. */
export interface LoaderEntry {
  /** File name as the firmware lists it. */
  readonly file: string;
  /** IMAGE_ID of its `.osrel`, which serves as the sort key. */
  readonly name: string;
  /** IMAGE_VERSION of its `.osrel`. */
  readonly version: string;
  readonly tries: BootTries | undefined;
}

/**
 * Orders entries as systemd-boot 257 does (src/boot/boot.c, `boot_entry_compare`): what has no tries left comes last; then by sort key; the
 * newer version first; then by file name, counter included, descending; then more tries left. The first one is started unless a variable says
 * otherwise (`config_select_default_entry`). Negative when `a` comes first.
 */
export function compareLoaderEntries(a: LoaderEntry, b: LoaderEntry): number {
  return (
    Number(a.tries?.left === 0) - Number(b.tries?.left === 0) ||
    compareText(a.name, b.name) ||
    -compareVersions(a.version, b.version) ||
    -compareVersions(a.file.toLowerCase(), b.file.toLowerCase()) ||
    compareTries(a.tries, b.tries)
  );
}

function compareTries(a: BootTries | undefined, b: BootTries | undefined): number {
  return a === undefined || b === undefined ? 0 : b.left - a.left || a.done - b.done;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
