import { createReadStream, openSync, realpathSync, statSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import type { Codec } from '../formats/erofs/codec.ts';
import { contentInMemory } from '../formats/tar/content-in-memory.ts';
import { type TakeContent, treeFromTar } from '../formats/tar/tree-from-tar.ts';
import { sha256 } from '../model/digest.ts';
import { AshlarError } from '../model/error.ts';
import type { Progress } from '../model/progress.ts';
import type { DirectoryNode, FileContent } from '../model/tree.ts';
import { openStore, type Store } from '../store/store.ts';
import { encodeContents } from './assemble/root/encode-contents.ts';
import { writeRootImage } from './assemble/root/write-root-image.ts';
import { draftFile } from './file-draft.ts';
import { treeFromDirectory } from './tree-from-directory.ts';
import { usingPath } from './using-path.ts';

export interface CreateImageOptions {
  /** A directory, a tar archive, or `-` for an archive on standard input. */
  readonly source: string;
  readonly output: string;
  readonly codec: Codec;
  /** The volume name, which the UUID is derived from. */
  readonly name: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface CreatedImage {
  readonly inodes: number;
  /** Bytes of the image. */
  readonly size: number;
}

/** Smaller files are encoded where they are read: a way through the store and a thread would cost more than it saves. */
const IN_MEMORY_BYTES = 16_384;

/**
 * Makes an EROFS image of a directory or an archive. The same input gives the same bytes: the UUID comes from the name, and the
 * time of the image is that of its root. The image appears under its name whole or not at all; contents lie meanwhile in a store
 * of its own beside it, which is removed whatever happens. Throws `path-unusable`, `tar-corrupt`, `image-unsupported`, `disk-full`.
 */
export async function createImage(options: CreateImageOptions): Promise<CreatedImage> {
  const { source, output, codec, name, progress, signal } = options;
  checkPlaces(source, output);
  const image = draftFile(output);
  // Lies beside it like a draft, and is swept like one.
  const scratch = draftFile(output);
  try {
    // Nothing in it outlives this call: it need not survive a power cut.
    const store: Store = { ...openStore(scratch.path), sync: () => {} };
    const reading = progress.begin(`Reading ${source === '-' ? 'standard input' : source}`, { unit: 'items' });
    const take = takeInto(store, () => reading.advance(1));
    const tree = await readSource(source, take, signal);
    reading.end();
    const contents = await encodeContents(tree, codec, store, { origin: sha256('fs create'), progress, signal });
    signal.throwIfAborted();
    const writing = progress.begin('Writing the image');
    const { inodes, size } = writeRootImage(tree, contents, image.path, { name, epoch: tree.mtime.seconds });
    image.publish();
    writing.end();
    return { inodes, size };
  } finally {
    image.discard();
    scratch.discard();
  }
}

/** Reads a directory, or an archive: from its file, or from standard input. */
function readSource(source: string, take: TakeContent, signal: AbortSignal): Promise<DirectoryNode> {
  if (source !== '-' && statSync(source).isDirectory()) return treeFromDirectory(source, take, signal);
  // Opened here, so that a refusal is told of the path.
  const stream =
    source === '-' ? process.stdin : createReadStream('', { fd: usingPath(source, () => openSync(source, 'r')) });
  const stop = (): void => {
    stream.destroy(signal.reason instanceof Error ? signal.reason : undefined);
  };
  signal.addEventListener('abort', stop, { once: true });
  return treeFromTar(stream, take).finally(() => signal.removeEventListener('abort', stop));
}

function takeInto(store: Store, onFile: () => void): TakeContent {
  return async (size, data): Promise<FileContent> => {
    onFile();
    const content = await contentInMemory(size, data);
    if (content.kind !== 'bytes' || size < IN_MEMORY_BYTES) return content;
    return { kind: 'stored', size, digest: store.put(content.bytes) };
  };
}

function checkPlaces(source: string, output: string): void {
  const directory = statSync(dirname(output), { throwIfNoEntry: false });
  if (directory?.isDirectory() !== true) {
    throw new AshlarError('path-unusable', `${dirname(output)} is not a directory.`, {
      hint: 'Make it, or name another output.',
    });
  }
  if (source === '-') return;
  if (statSync(source, { throwIfNoEntry: false }) === undefined) {
    throw new AshlarError('path-unusable', `There is no ${source}.`, {
      hint: 'Name a directory or a tar archive, or - for standard input.',
    });
  }
  const within = realpathSync(dirname(output));
  const from = realpathSync(source);
  if (within === from || within.startsWith(from.endsWith(sep) ? from : from + sep)) {
    throw new AshlarError('path-unusable', `The image ${output} would lie in the directory that it is made of.`, {
      hint: 'Write it elsewhere.',
    });
  }
}
