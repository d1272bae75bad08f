import { corruptFile, incompleteFile, tooLongFile } from '../repository-errors.ts';
import { checkRepositoryPath } from '../repository-path.ts';
import { type ByteRange, MAX_PIECE_BYTES, type RangeBytes, type RepositoryReader } from '../repository-reader.ts';
import type { DirectoryFiles, OpenFile } from './directory-files.ts';
import { systemFiles } from './system-files.ts';

/** Reads the repository in the directory at `place`. */
export function openDirectoryReader(place: string): RepositoryReader {
  return directoryReader(systemFiles(place));
}

/** Reads the repository in a directory of `files`. */
export function directoryReader(files: DirectoryFiles): RepositoryReader {
  const { place } = files;
  return {
    describe: () => place,
    async read(path, { maxBytes, signal }) {
      signal?.throwIfAborted();
      return using(openAt(files, path), ({ size, read }) => {
        if (size > maxBytes) throw tooLongFile(place, path, maxBytes);
        return exactly(place, path, read, { offset: 0, length: size });
      });
    },
    async *readRanges(path, ranges, { signal } = {}) {
      signal?.throwIfAborted();
      const file = openAt(files, path);
      if (file === undefined) throw incompleteFile(place, path, 'it is not there');
      try {
        for (const range of ranges) yield* pieces(place, path, file, range, signal);
      } finally {
        file.close();
      }
    },
  };
}

function* pieces(
  place: string,
  path: string,
  file: OpenFile,
  range: ByteRange,
  signal: AbortSignal | undefined,
): Generator<RangeBytes> {
  const end = range.offset + range.length;
  if (end > file.size) throw incompleteFile(place, path, `it ends at ${file.size}, before ${end}`);
  for (let offset = range.offset; offset < end; offset += MAX_PIECE_BYTES) {
    signal?.throwIfAborted();
    const length = Math.min(MAX_PIECE_BYTES, end - offset);
    yield { offset, bytes: exactly(place, path, file.read, { offset, length }) };
  }
}

function openAt(files: DirectoryFiles, path: string): OpenFile | undefined {
  try {
    return files.open(checkRepositoryPath(path));
  } catch (error) {
    throw readError(files.place, path, error);
  }
}

/** Reads a range that the file has; a disk that fails, or a file that is cut off meanwhile, is the repository's fault. */
function exactly(place: string, path: string, read: OpenFile['read'], { offset, length }: ByteRange): Buffer {
  let bytes: Buffer;
  try {
    bytes = read(offset, length);
  } catch (error) {
    throw readError(place, path, error);
  }
  if (bytes.length === length) return bytes;
  throw incompleteFile(place, path, `it ended at ${offset + bytes.length} while it was read`);
}

function readError(place: string, path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^E[A-Z0-9]+$/.test(code) ? corruptFile(place, path, `reading it fails (${code})`, error) : error;
}

function using<Result>(file: OpenFile | undefined, work: (file: OpenFile) => Result): Result | undefined {
  if (file === undefined) return undefined;
  try {
    return work(file);
  } finally {
    file.close();
  }
}
