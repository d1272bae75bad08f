import { createHash } from 'node:crypto';
import { createReadStream, fsyncSync, renameSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ReleaseFile } from '../../model/manifest.ts';
import { objectPath } from '../../model/repository.ts';
import { syncDirectory } from '../../store/sync-directory.ts';
import { corruptFile } from '../../store/transport/repository-errors.ts';
import type { RepositoryReader } from '../../store/transport/repository-reader.ts';

export interface FetchObjectOptions {
  readonly reader: RepositoryReader;
  readonly file: ReleaseFile;
  /** Where it goes. It lies there only when it is whole and right. */
  readonly out: string;
  readonly signal: AbortSignal;
  /** Called with the bytes that have come since the last call. */
  readonly onBytes: (bytes: number) => void;
}

const FILE_MODE = 0o600;

/**
 * Brings a file of a release. What an interrupted call brought is gone on with. Throws `repository-corrupt` when what comes has another hash; then
 * the next call begins anew.
 */
export async function fetchObject({ reader, file, out, signal, onBytes }: FetchObjectOptions): Promise<void> {
  if (statSync(out, { throwIfNoEntry: false }) !== undefined) return onBytes(file.size);
  const path = objectPath(file.sha256);
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
  if (size < file.size) {
    const ranges = [{ offset: size, length: file.size - size }];
    for await (const { bytes } of reader.readRanges(path, ranges, { signal })) {
      hash.update(bytes);
      await target.writeFile(bytes);
      onBytes(bytes.length);
    }
  }
  if (hash.digest('hex') !== file.sha256) {
    rmSync(part);
    throw corruptFile(reader.describe(), path, 'it does not have the hash that the manifest names');
  }
  fsyncSync(target.fd);
  renameSync(part, out);
  syncDirectory(dirname(out));
}
