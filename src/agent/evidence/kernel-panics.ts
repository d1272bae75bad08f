import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PanicRecord } from '../../engine/explain-boot.ts';
import { isSha256, type Sha256 } from '../../model/digest.ts';
import { readStart } from '../files/read-start.ts';

/** A kernel keeps some ten kilobytes of a panic, and a few panics. */
const MAX_RECORD_BYTES = 256 << 10;
const MAX_RECORDS = 64;
/** systemd-pstore nests by time and number. */
const MAX_DEPTH = 3;

/**
 * Kernel messages of panics in the folders `places`, oldest first: `dmesg-*` as the kernel shows them, and what systemd-pstore has put
 * together from such parts (`dmesg.txt`, systemd-pstore.service(8)), which makes its parts superfluous.
 */
export function readPanics(places: readonly string[]): PanicRecord[] {
  return places.flatMap((place) => {
    const files = filesBelow(place, MAX_DEPTH);
    const whole = files.filter((file) => file.endsWith('/dmesg.txt'));
    const shown = whole.length > 0 ? whole : files.filter((file) => /\/dmesg-[^/]*$/.test(file));
    return shown
      .sort()
      .slice(-MAX_RECORDS)
      .flatMap((file) => {
        const bytes = readStart(file, MAX_RECORD_BYTES);
        return bytes === undefined ? [] : [panicRecord(bytes.toString('utf8'))];
      });
  });
}

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
    .filter((line) => line !== '' && !/^(Panic|Oops|Emergency|Shutdown|Unknown)#\d+ Part\d+$/.test(line))
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
