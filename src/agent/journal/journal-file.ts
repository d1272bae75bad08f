import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { type Journal, type JournalEntry, parseJournal } from '../../engine/journal.ts';
import { makeDirectory } from '../../store/make-directory.ts';
import { replaceFile } from '../../store/replace-file.ts';
import { syncDirectory } from '../../store/sync-directory.ts';

/** Longer than this, the journal is written anew with its last entries: some hundred updates. */
const MAX_BYTES = 2 << 20;
/** What a journal that is written anew keeps: the last entry is what decides, the ones before it are history. */
const KEPT_BYTES = 1 << 20;
/** Room that is set aside while there is some, so that a full /var does not keep the agent from finishing an update. */
const RESERVE_BYTES = 256 << 10;
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** The journal of a device on its disk. */
export interface JournalFile {
  /** The last whole entry that it held when it was opened. */
  readonly last: JournalEntry | undefined;
  /** Adds a line; it is on the disk when this returns. Throws what the system says when it cannot be, and then nothing was added. */
  append(line: string): void;
  close(): void;
}

/** Opens the journal at `path`, or begins one. A line that a power cut tore is passed over; what is added begins on a line of its own. */
export function openJournalFile(path: string): JournalFile {
  makeDirectory(dirname(path), FOLDER_MODE);
  const journal = readJournal(path);
  shorten(path, journal);
  const last = journal.entries.at(-1);
  let file = openSync(path, 'a', FILE_MODE);
  let size = statSync(path).size;
  if (size > 0 && !readFileSync(path).subarray(-1).equals(Buffer.from('\n'))) size += writeSync(file, '\n');
  fsyncSync(file);
  syncDirectory(dirname(path));
  const reserve = `${path}.reserve`;
  setAside(reserve);
  const write = (bytes: Buffer): void => {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fdatasyncSync(file);
      size += bytes.length;
    } catch (error) {
      ftruncateSync(file, size);
      throw error;
    }
  };
  let longest = MAX_BYTES;
  /** True when the file that is open may not be the one at `path` any more. */
  let isReplaced = false;
  const openAgain = (): void => {
    const opened = openSync(path, 'a', FILE_MODE);
    closeSync(file);
    file = opened;
    size = fstatSync(file).size;
    isReplaced = false;
  };
  /** An agent may run for years. What was added is on the disk already: should this fail, the journal only stays long for now. */
  const startAnew = (): void => {
    try {
      isReplaced = true;
      shorten(path, readJournal(path));
      openAgain();
      setAside(reserve);
    } catch {
      longest = size + KEPT_BYTES;
    }
  };
  return {
    last,
    append(line) {
      const bytes = Buffer.from(line);
      if (isReplaced) openAgain();
      try {
        write(bytes);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        rmSync(reserve, { force: true });
        write(bytes);
      }
      if (size > longest) startAnew();
    },
    close: () => closeSync(file),
  };
}

/** What the journal at `path` has; nothing when there is none. */
export function readJournal(path: string): Journal {
  return parseJournal(readText(path));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Whoever reads while this happens sees the long one or the short one. */
function shorten(path: string, { entries }: Journal): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= MAX_BYTES) return;
  const kept: string[] = [];
  let bytes = 0;
  for (const entry of entries.toReversed()) {
    const line = `${JSON.stringify(entry)}\n`;
    bytes += Buffer.byteLength(line);
    if (kept.length > 0 && bytes > KEPT_BYTES) break;
    kept.unshift(line);
  }
  replaceFile(path, Buffer.from(kept.join('')), FILE_MODE);
}

function setAside(reserve: string): void {
  if (statSync(reserve, { throwIfNoEntry: false })?.size === RESERVE_BYTES) return;
  try {
    // Not zeros: a file system that compresses would set nothing aside.
    writeFileSync(reserve, Buffer.alloc(RESERVE_BYTES, 'reserve '), { mode: FILE_MODE });
  } catch {
    rmSync(reserve, { force: true }); // the disk is full now: there is nothing to set aside
  }
}
