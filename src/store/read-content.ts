import { AshlarError } from '../model/error.ts';
import type { FileContent } from '../model/tree.ts';
import type { Store } from './store.ts';

/** Gives the bytes of a file of the tree. */
export type ReadContent = (content: FileContent) => Buffer;

/** No file that the build looks into (configuration, programs, the kernel) is larger: a bound on what is brought into memory. */
const MAX_READ_BYTES = 64 * 1024 * 1024;

/**
 * The bytes of a file that is not sparse: from memory, or from `store`, checked. Throws `store-incomplete` when the store has lost
 * them; a damaged object is dropped then, and the next run makes it again.
 */
export function readContent(
  content: Exclude<FileContent, { kind: 'sparse' }>,
  store: Pick<Store, 'get' | 'directory'>,
): Buffer {
  if (content.kind === 'bytes') return content.bytes;
  const bytes = store.get(content.digest);
  if (bytes !== undefined) return bytes;
  throw new AshlarError('store-incomplete', `The store ${store.directory} has lost the object ${content.digest}.`, {
    hint: 'Run the command again: what is missing is made again.',
  });
}

/**
 * A {@link ReadContent} for files that the build looks into, with stored contents from `store`. It throws what {@link readContent}
 * throws, and `internal` for a file larger than any of those.
 */
export function contentReader(store: Pick<Store, 'get' | 'directory'>): ReadContent {
  return (content) => {
    if (content.size > MAX_READ_BYTES) {
      throw new AshlarError('internal', `A file of ${content.size} bytes was to be read into memory`, {
        hint: 'This is a defect of Ashlar: please report it.',
      });
    }
    if (content.kind !== 'sparse') return readContent(content, store);
    const bytes = Buffer.alloc(content.size);
    for (const extent of content.extents) extent.bytes.copy(bytes, extent.offset);
    return bytes;
  };
}

/** A {@link ReadContent} for trees whose contents are all in memory. */
export const readInMemory: ReadContent = contentReader({ directory: 'in memory', get: () => undefined });
