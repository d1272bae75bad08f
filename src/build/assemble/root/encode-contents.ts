import { availableParallelism } from 'node:os';
import { type Codec, codecId } from '../../../formats/erofs/codec.ts';
import { encodeFile } from '../../../formats/erofs/encode-file.ts';
import type { EncodedFile, EncodedShape } from '../../../formats/erofs/encoded-file.ts';
import type { EncodedContents } from '../../../formats/erofs/write-erofs.ts';
import { type Sha256, sha256 } from '../../../model/digest.ts';
import type { Progress } from '../../../model/progress.ts';
import type { DirectoryNode, FileContent } from '../../../model/tree.ts';
import { readContent } from '../../../store/read-content.ts';
import type { Store } from '../../../store/store.ts';
import { runOnThreads } from '../../threads/run-on-threads.ts';
import type { EncodeWorkerData, EncodeWorkerMessage } from './encode-worker.ts';
import { encodedKey } from './encoded-key.ts';
import { parseEncodedRecord } from './encoded-record.ts';

/** A content that is encoded: sparse files are laid out as they are. */
type DenseContent = Exclude<FileContent, { kind: 'sparse' }>;

export interface EncodeOptions {
  /** Names the tree that most contents come from: their shapes are recorded under it together, to be found in one read. */
  readonly origin: Sha256;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
  /** At most this many threads; as many as there are cores when absent. */
  readonly threads?: number | undefined;
}

/**
 * Encodes every file of `root` for an EROFS image, each distinct content once ever: what the store has encoded before is taken
 * from there, the rest is encoded on worker threads. Contents in memory are encoded at once, and kept there: they are few and
 * small, and change from build to build.
 */
export async function encodeContents(
  root: DirectoryNode,
  codec: Codec,
  store: Store,
  options: EncodeOptions,
): Promise<EncodedContents> {
  const contents = distinctContents(root);
  const fresh = new Map<Sha256, EncodedFile>();
  for (const content of contents.values()) {
    if (content.kind === 'bytes') fresh.set(content.digest, encodeFile(content.bytes, codec));
  }
  const shapes = recallShapes(codec, store, options.origin);
  const missing = [...contents.values()].filter(({ kind, digest }) => kind === 'stored' && !shapes.has(digest));
  if (missing.length > 0) {
    for (const [digest, shape] of await encodeMissing(missing, codec, store, options)) shapes.set(digest, shape);
    recordShapes(shapes, codec, store, options.origin);
    store.sync();
  }
  return {
    shapeOf: (content) => fresh.get(dense(content).digest)?.shape ?? shapes.get(dense(content).digest)!,
    encodedOf: (content) => fresh.get(dense(content).digest) ?? loadEncoded(dense(content), codec, store),
  };
}

/** Each content of the tree once, by digest. */
function distinctContents(root: DirectoryNode): Map<Sha256, DenseContent> {
  const contents = new Map<Sha256, DenseContent>();
  const walk = (directory: DirectoryNode): void => {
    for (const node of directory.children.values()) {
      if (node.type === 'directory') walk(node);
      else if (node.type === 'file' && node.content.kind !== 'sparse') contents.set(node.content.digest, node.content);
    }
  };
  walk(root);
  return contents;
}

function dense(content: FileContent): DenseContent {
  if (content.kind === 'sparse') throw new TypeError('a sparse file is not encoded');
  return content;
}

/** From the store, or, when it has lost what it recorded, encoded again. */
function loadEncoded(content: DenseContent, codec: Codec, store: Store): EncodedFile {
  const record = store.recall('encoded', encodedKey(codec, content.digest));
  return (record && parseEncodedRecord(record)) ?? encodeFile(readContent(content, store), codec);
}

function shapesKey(codec: Codec, origin: Sha256): Sha256 {
  return sha256(`shapes ${codecId(codec)} ${origin}`);
}

function recallShapes(codec: Codec, store: Store, origin: Sha256): Map<Sha256, EncodedShape> {
  const record = store.recall('encoded', shapesKey(codec, origin));
  return new Map(record === undefined ? [] : (JSON.parse(record.toString('utf8')) as [Sha256, EncodedShape][]));
}

function recordShapes(shapes: ReadonlyMap<Sha256, EncodedShape>, codec: Codec, store: Store, origin: Sha256): void {
  store.record('encoded', shapesKey(codec, origin), Buffer.from(JSON.stringify([...shapes])));
}

/** The shapes of contents that are not among the tree's recorded ones: encoded for another tree before, or now. */
async function encodeMissing(
  missing: readonly DenseContent[],
  codec: Codec,
  store: Store,
  { progress, signal, threads = availableParallelism() }: EncodeOptions,
): Promise<Map<Sha256, EncodedShape>> {
  const total = missing.reduce((sum, { size }) => sum + size, 0);
  const step = progress.begin('Compressing files', { total, unit: 'bytes' });
  const shapes = new Map<Sha256, EncodedShape>();
  const unknown: { digest: Sha256; size: number }[] = [];
  for (const { digest, size } of missing) {
    const record = store.recall('encoded', encodedKey(codec, digest));
    const known = record && parseEncodedRecord(record);
    if (known === undefined) unknown.push({ digest, size });
    else {
      shapes.set(digest, known.shape);
      step.advance(size);
    }
  }
  // The largest first: no thread is left with a large file when the others are done.
  unknown.sort((a, b) => b.size - a.size || (a.digest < b.digest ? -1 : 1));
  const data: EncodeWorkerData = {
    storeDirectory: store.directory,
    codec,
    files: unknown,
    next: new SharedArrayBuffer(4),
  };
  try {
    await runOnThreads<EncodeWorkerData, EncodeWorkerMessage>(import.meta.url, './encode-worker', data, {
      threads: Math.min(threads, unknown.length),
      signal,
      onMessage({ index, shape }) {
        const { digest, size } = unknown[index]!;
        shapes.set(digest, shape);
        step.advance(size);
      },
    });
  } catch (error) {
    store.dropUnfinished();
    throw error;
  }
  step.end(`${missing.length} files`);
  return shapes;
}
