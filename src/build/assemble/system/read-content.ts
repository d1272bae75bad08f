import { AshlarError } from '../../../model/error.ts';
import type { FileContent } from '../../../model/tree.ts';
import type { Store } from '../../../store/store.ts';

/** Gives the bytes of a file of the tree. */
export type ReadContent = (content: FileContent) => Buffer;

/** No configuration file that the build reads is larger: a bound on what is brought into memory for looking at. */
const MAX_READ_BYTES = 64 * 1024 * 1024;

/**
 * A {@link ReadContent} that takes stored contents from `store`.
 *
 * It throws `store-incomplete` when the store has lost the object, and `internal` for a content larger than any configuration.
 */
export function contentReader(store: Pick<Store, 'get'>): ReadContent {
  return (content) => {
    if (content.size > MAX_READ_BYTES) {
      throw new AshlarError('internal', `A file of ${content.size} bytes was to be read as configuration`, {
        hint: 'This is a defect of Ashlar: please report it.',
      });
    }
    if (content.kind === 'bytes') return content.bytes;
    if (content.kind === 'sparse') {
      const bytes = Buffer.alloc(content.size);
      for (const extent of content.extents) extent.bytes.copy(bytes, extent.offset);
      return bytes;
    }
    const bytes = store.get(content.digest);
    if (bytes === undefined) {
      throw new AshlarError('store-incomplete', `The store no longer holds the object ${content.digest}`, {
        hint: 'Run the build again: the composed tree is made anew from the locked packages.',
      });
    }
    return bytes;
  };
}
