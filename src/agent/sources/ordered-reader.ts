import { AshlarError } from '../../model/error.ts';
import { incompleteFile } from '../../store/transport/repository-errors.ts';
import type { ByteRange, RangeBytes, RepositoryReader } from '../../store/transport/repository-reader.ts';

/**
 * Several copies of a repository as one: what one does not have, or cannot give, the next is asked for. For files that are known by their
 * hash; metadata are read from one copy at a time.
 */
export function orderedReader(readers: readonly [RepositoryReader, ...RepositoryReader[]]): RepositoryReader {
  const [first, ...others] = readers;
  if (others.length === 0) return first;
  const describe = (): string => readers.map((reader) => reader.describe()).join(', ');
  return {
    describe,
    async read(path, options) {
      let unreachable: unknown;
      for (const reader of readers) {
        try {
          const bytes = await reader.read(path, options);
          if (bytes !== undefined) return bytes;
        } catch (error) {
          if (!isPassing(error)) throw error;
          unreachable ??= error;
        }
      }
      if (unreachable !== undefined) throw unreachable;
      return undefined;
    },
    async *readRanges(path, ranges, options) {
      let left = ranges;
      let unreachable: unknown;
      for (const reader of readers) {
        try {
          for await (const piece of reader.readRanges(path, left, options)) {
            yield piece;
            left = rangesBehind(left, piece);
          }
          return;
        } catch (error) {
          if (!isPassing(error)) throw error;
          unreachable ??= error;
        }
      }
      throw unreachable ?? incompleteFile(describe(), path, 'it is not there');
    },
  };
}

/** Another copy may do better. */
function isPassing(error: unknown): boolean {
  return (
    error instanceof AshlarError && (error.code === 'repository-unreachable' || error.code === 'repository-incomplete')
  );
}

/** Of ascending `ranges` what comes after `piece`. */
function rangesBehind(ranges: readonly ByteRange[], { offset, bytes }: RangeBytes): ByteRange[] {
  const end = offset + bytes.length;
  return ranges.flatMap((range) => {
    const rest = range.offset + range.length - Math.max(end, range.offset);
    return rest > 0 ? [{ offset: Math.max(end, range.offset), length: rest }] : [];
  });
}
