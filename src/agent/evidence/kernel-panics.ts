import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PanicRecord } from '../../engine/explain-boot.ts';
import { isSha256, type Sha256 } from '../../model/digest.ts';
import { readEnd } from '../files/read-end.ts';

/** A kernel keeps some ten kilobytes of a panic, and a few panics, in parts of a kilobyte where the firmware has no more room. */
const MAX_RECORD_BYTES = 256 << 10;
const MAX_RECORDS = 64;
/** Of all of them together. A machine that panics at every start must not end its agent as well, nor fill /var with reports. */
const MAX_BYTES = 1 << 20;
/** The end of a log is what matters. */
const MAX_LINES = 200;
/** systemd-pstore nests by time and number. */
const MAX_DEPTH = 3;

/**
 * Kernel messages of panics in the folders `places`, oldest first: `dmesg-*` as the kernel shows them, and what systemd-pstore has put
 * together from such parts (`dmesg.txt`, systemd-pstore.service(8)), which makes its parts superfluous.
 */
export function readPanics(places: readonly string[]): PanicRecord[] {
  const files = places.flatMap((place) => {
    const below = filesBelow(place, MAX_DEPTH);
    const whole = below.filter((file) => file.endsWith('/dmesg.txt'));
    return (whole.length > 0 ? whole : below.filter((file) => /\/dmesg-[^/]*$/.test(file))).sort();
  });
  const records: PanicRecord[] = [];
  let left = MAX_BYTES;
  for (const file of files.slice(-MAX_RECORDS).reverse()) {
    const bytes = readEnd(file, Math.min(MAX_RECORD_BYTES, left));
    if (bytes === undefined) continue;
    left -= bytes.length;
    const text = bytes.toString('utf8');
    if (isPanic(text)) records.unshift(panicRecord(text));
  }
  return records;
}

/** The kernel also keeps what it said of an oops, after which it goes on, or when it goes down: neither is a failure of the start. */
function isPanic(text: string): boolean {
  const reason = HEADER.exec(text)?.[1];
  return reason === undefined || reason === 'Panic' || text.includes('Kernel panic - not syncing');
}

/** What pstore puts in front of each part (Linux, fs/pstore/platform.c, `pstore_dump`). */
const HEADER = /^(Panic|Oops|Emergency|Shutdown|Unknown)#\d+ Part\d+$/m;

/** Removes what {@link readPanics} reads, once it has been kept elsewhere: the firmware's storage is small. */
export function clearPanics(places: readonly string[]): void {
  for (const place of places) {
    for (const file of filesBelow(place, MAX_DEPTH)) rmSync(file, { force: true });
  }
}

/** Reads the messages of one panic, with the level and time that the kernel puts in front of each line taken away. */
export function panicRecord(text: string): PanicRecord {
  const lines = text
    .split('\n')
    .filter((line) => line !== '' && !HEADER.test(line))
    .slice(-MAX_LINES)
    .map((line) => line.replace(/^<\d+>/, '').replace(/^\[ *\d+\.\d+\] ?/, ''));
  const hash = /\broothash=([0-9a-f]{64})\b/.exec(text)?.[1];
  return { lines, ...(hash !== undefined && isSha256(hash) ? { rootHash: hash satisfies Sha256 } : {}) };
}

function filesBelow(folder: string, depth: number): string[] {
  try {
    return readdirSync(folder).flatMap((name) => {
      const path = join(folder, name);
      const status = lstatSync(path);
      if (status.isFile()) return [path];
      return status.isDirectory() && depth > 1 ? filesBelow(path, depth - 1) : [];
    });
  } catch {
    return [];
  }
}
