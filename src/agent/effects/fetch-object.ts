import { createHash } from 'node:crypto';
import { createReadStream, fsyncSync, renameSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { ReadAt } from '../../formats/read-at.ts';
import type { ReleaseFile } from '../../model/manifest.ts';
import { objectPath } from '../../model/repository.ts';
import { syncDirectory } from '../../store/sync-directory.ts';
import { corruptFile } from '../../store/transport/repository-errors.ts';
import type { RepositoryReader } from '../../store/transport/repository-reader.ts';

/** Bytes of a file that this device seems to have already. */
export interface LocalRun {
  /** Where they begin in the file. */
  readonly offset: number;
  readonly bytes: number;
  /** Reads them; offset 0 is the run's first byte. */
  readonly read: ReadAt;
}

export interface FetchObjectOptions {
  readonly reader: RepositoryReader;
  readonly file: ReleaseFile;
  /** Where it goes. It lies there only when it is whole and right. */
  readonly out: string;
  /** Runs that are read here instead, ascending. Whether they are right is told by the hash of the whole. */
  readonly copies?: readonly LocalRun[];
  readonly signal: AbortSignal;
  /** Called with the bytes that have come since the last call; less than none when it has to begin anew. */
  readonly onBytes: (bytes: number) => void;
}

const FILE_MODE = 0o600;
/** Read from this device at once. */
const PIECE_BYTES = 1 << 20;

/**
 * Brings a file of a release. What an interrupted call brought is gone on with. When what was read on this device is not what it seemed to be, all of it is
 * fetched. Throws `repository-corrupt` when what comes has another hash; then the next call begins anew.
 */
export async function fetchObject(options: FetchObjectOptions): Promise<void> {
  const { reader, file, out, copies = [], signal, onBytes } = options;
  if (statSync(out, { throwIfNoEntry: false }) !== undefined) return onBytes(file.size);
  const part = `${out}.part`;
  const hash = createHash('sha256');
  let size = 0;
  if ((statSync(part, { throwIfNoEntry: false })?.size ?? 0) > file.size) rmSync(part);
  await using target = await open(part, 'a+', FILE_MODE);
  for await (const piece of createReadStream(part, { signal })) {
    hash.update(piece);
    size += (piece as Buffer).length;
  }
  onBytes(size);
  for await (const bytes of missing(options, size)) {
    hash.update(bytes);
    await target.writeFile(bytes);
    onBytes(bytes.length);
  }
  if (hash.digest('hex') !== file.sha256) {
    rmSync(part);
    if (copies.length > 0) {
      onBytes(-file.size);
      return fetchObject({ ...options, copies: [] });
    }
    throw corruptFile(reader.describe(), objectPath(file.sha256), 'it does not have the hash that the manifest names');
  }
  fsyncSync(target.fd);
  renameSync(part, out);
  syncDirectory(dirname(out));
}

/** The bytes of the file from `from` on, in order. */
async function* missing(
  { reader, file, copies = [], signal }: FetchObjectOptions,
  from: number,
): AsyncGenerator<Buffer> {
  let at = from;
  const fetched = async function* (end: number): AsyncGenerator<Buffer> {
    if (at >= end) return;
    const ranges = [{ offset: at, length: end - at }];
    for await (const { bytes } of reader.readRanges(objectPath(file.sha256), ranges, { signal })) yield bytes;
    at = end;
  };
  for (const { offset, bytes, read } of copies) {
    const end = offset + bytes;
    if (end <= at || end > file.size) continue;
    yield* fetched(offset);
    while (at < end) {
      const piece = readable(read, at - offset, Math.min(PIECE_BYTES, end - at));
      if (piece === undefined) {
        yield* fetched(end);
        break;
      }
      yield piece;
      at += piece.length;
      await setImmediate(undefined, { signal });
    }
  }
  yield* fetched(file.size);
}

/** Undefined when the disk cannot read it: the repository has it as well. */
function readable(read: ReadAt, offset: number, bytes: number): Buffer | undefined {
  try {
    return read(offset, bytes);
  } catch {
    return undefined;
  }
}
