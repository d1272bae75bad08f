import { isSha256, type Sha256 } from '../../model/digest.ts';
import type { DirectoryNode, FileContent } from '../../model/tree.ts';
import type { Store } from '../../store/store.ts';
import type { PackageInfo } from './package-info.ts';
import { indexTree, type TreeIndex, treeOfIndex } from './tree-index.ts';

/** A composed tree as it is kept: ids as dpkg gave them, every file an object of the store. */
export interface ComposedRecord {
  readonly tree: DirectoryNode;
  readonly packages: readonly PackageInfo[];
}

interface RecordJson {
  readonly packages: readonly PackageInfo[];
  readonly tree: TreeIndex;
}

/**
 * Keeps the record under `key` and returns it as it is recalled, so that the first build of a tree sees what later ones do: names
 * in order, every content an object of the store.
 */
export function keepRecord(key: Sha256, record: ComposedRecord, store: Store): ComposedRecord {
  const bytes = recordBytes(record, store);
  store.record('tree', key, bytes);
  return parseRecord(bytes).record;
}

/** The bytes of the record: one tree has one form, so two installations can be compared by them. */
export function recordBytes({ tree, packages }: ComposedRecord, store: Store): Buffer {
  const stored = (content: FileContent): { size: number; digest: Sha256 } => {
    const bytes = content.kind === 'stored' ? undefined : bytesOfContent(content);
    return { size: content.size, digest: bytes === undefined ? digestOf(content) : store.put(bytes) };
  };
  const json: RecordJson = { packages, tree: indexTree(tree, stored) };
  return Buffer.from(JSON.stringify(json));
}

/** What {@link recordBytes} wrote, if the store still holds every file of it; else undefined. */
export function recallRecord(key: Sha256, store: Store): ComposedRecord | undefined {
  const bytes = store.recall('tree', key);
  if (bytes === undefined) return undefined;
  const { record, files } = parseRecord(bytes);
  return files.every(({ digest, size }) => store.sizeOf(digest) === size) ? record : undefined;
}

function parseRecord(bytes: Buffer): { record: ComposedRecord; files: { digest: Sha256; size: number }[] } {
  const { packages, tree } = JSON.parse(bytes.toString('utf8')) as RecordJson;
  const files = tree.flatMap(([, , type, , , , , , size, digest]) =>
    type === 'file' && typeof digest === 'string' && isSha256(digest) ? [{ digest, size: Number(size) }] : [],
  );
  return { record: { tree: treeOfIndex(tree), packages }, files };
}

function digestOf(content: FileContent): Sha256 {
  if (content.kind === 'sparse') throw new TypeError('a sparse file has no digest');
  return content.digest;
}

/** A package's sparse files are small; the store keeps them with their holes filled. */
function bytesOfContent(content: Exclude<FileContent, { kind: 'stored' }>): Buffer {
  if (content.kind === 'bytes') return content.bytes;
  const bytes = Buffer.alloc(content.size);
  for (const { offset, bytes: part } of content.extents) part.copy(bytes, offset);
  return bytes;
}
