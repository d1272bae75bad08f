import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Blockmap, encodeBlockmap } from '../../formats/blockmap/blockmap.ts';
import type { ReadAt } from '../../formats/read-at.ts';
import { VERITY_BLOCK_BYTES, verityLayout } from '../../formats/verity/layout.ts';
import { sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import type { Progress, ProgressStep } from '../../model/progress.ts';
import { blockmapPath, manifestPath, objectPath, packPath } from '../../model/repository.ts';
import type { Lease, NewContent, RepositoryWriter } from '../../store/transport/repository-writer.ts';
import type { KnownBlocks } from './known-blocks.ts';
import { leavesOf } from './known-blocks.ts';
import { packImage } from './pack-image.ts';
import type { PreparedRelease } from './prepare-release.ts';
import { isWholeInRepository } from './published-image.ts';

/** What publishing a release sends, in bytes, and what was there already. */
export interface Upload {
  readonly sentBytes: number;
  readonly keptBytes: number;
  readonly sentFiles: number;
  readonly keptFiles: number;
  /** Of what was sent: blocks of the root image. */
  readonly packBytes: number;
}

export interface UploadOptions {
  readonly repository: RepositoryWriter;
  /** The right to write; undefined to count what would be sent, and send nothing. */
  readonly lease: Lease | undefined;
  readonly release: PreparedRelease;
  readonly known: KnownBlocks;
  /** Further objects: attestation and logs. */
  readonly attached: readonly Buffer[];
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Puts a release's files into the repository, each under its name once and for all: objects, packs, then the block map that names packs, then the
 * manifest that names objects. Nothing names the manifest yet, so no reader sees any of it. What is there already is not sent again: a publish
 * that was cut off goes on where it was.
 */
export async function uploadRelease(options: UploadOptions): Promise<Upload> {
  const { release, progress, attached } = options;
  const { manifest, manifestBytes, objects } = release;
  const total = objects.reduce((sum, { size }) => sum + size, manifest.root.image.size);
  const step = progress.begin(`Publishing ${manifest.name} ${manifest.version}`, { total, unit: 'bytes' });
  const sender = new Sender(options, step);
  for (const file of objects) {
    step.status(file.name);
    await sender.send(objectPath(file.sha256), file.size, () => release.read(file));
    step.advance(file.size);
  }
  for (const bytes of attached) await sender.send(objectPath(sha256(bytes)), bytes.length, () => bytes);
  step.status('blocks of the root image');
  await uploadImage(options, sender, step);
  const { name, version } = manifest;
  await sender.send(manifestPath(name, version, sha256(manifestBytes)), manifestBytes.length, () => manifestBytes);
  step.end();
  return sender.upload();
}

async function uploadImage(
  { repository, release, known, signal }: UploadOptions,
  sender: Sender,
  step: ProgressStep,
): Promise<void> {
  const { root } = release.manifest;
  if (await isWholeInRepository(repository, root)) {
    step.advance(root.image.size);
    return;
  }
  const tree = await readWhole(release.read(root.tree), root.tree.size);
  const leaves = leavesOf(tree, root.hash, verityLayout(root.image.size / VERITY_BLOCK_BYTES));
  const image = openImage(join(release.directory, root.image.name));
  try {
    const packs = packImage({
      rootHash: root.hash,
      salt: Buffer.from(root.salt, 'hex'),
      read: image.read,
      leaves,
      known,
    });
    let advanced = 0;
    for (;;) {
      signal?.throwIfAborted();
      const next = packs.next();
      if (next.done === true) {
        step.advance(root.image.size - advanced);
        return await sender.sendMap(next.value);
      }
      const { digest, bytes } = next.value;
      await sender.send(packPath(digest), bytes.length, () => bytes, 'pack');
      step.advance(bytes.length);
      advanced += bytes.length;
      // Packing reads and hashes without pause: let a signal come through.
      await setImmediate();
    }
  } finally {
    image.close();
  }
}

/** Sends what is not there, and counts. */
class Sender {
  readonly #options: UploadOptions;
  readonly #step: ProgressStep;
  readonly #seen = new Set<string>();
  #upload: { -readonly [Key in keyof Upload]: number } = {
    sentBytes: 0,
    keptBytes: 0,
    sentFiles: 0,
    keptFiles: 0,
    packBytes: 0,
  };

  constructor(options: UploadOptions, step: ProgressStep) {
    this.#options = options;
    this.#step = step;
  }

  async send(path: string, size: number, content: () => NewContent, kind: 'pack' | 'other' = 'other'): Promise<void> {
    const { repository, lease, signal } = this.#options;
    // Two files of a release may have the same bytes.
    if (this.#seen.has(path)) return;
    this.#seen.add(path);
    signal?.throwIfAborted();
    await lease?.renew();
    const there = await repository.sizeOf(path);
    if (there !== undefined && there !== size) throw damaged(repository, path, there, size);
    // Called although it is there: a publisher that was killed may not have waited for the disk.
    const created =
      lease === undefined ? there === undefined : await repository.create(path, renewing(content(), lease, signal));
    const upload = this.#upload;
    upload[created ? 'sentFiles' : 'keptFiles'] += 1;
    upload[created ? 'sentBytes' : 'keptBytes'] += size;
    if (created && kind === 'pack') upload.packBytes += size;
    if (created) this.#step.status(path);
  }

  /** The block map: a damaged one is replaced, as nothing but this release names it. */
  async sendMap(map: Blockmap): Promise<void> {
    const { repository, lease } = this.#options;
    const bytes = encodeBlockmap(map);
    await lease?.renew();
    if (lease !== undefined) await repository.replace(blockmapPath(map.rootHash), bytes);
    this.#upload.sentFiles += 1;
    this.#upload.sentBytes += bytes.length;
  }

  upload(): Upload {
    return { ...this.#upload };
  }
}

/** Gives a sign of life with every piece: an object may take longer than a lease lasts. */
async function* renewing(
  content: NewContent,
  lease: Lease,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const bytes of content instanceof Uint8Array ? [content] : content) {
    signal?.throwIfAborted();
    await lease.renew();
    yield bytes;
  }
}

async function readWhole(content: AsyncIterable<Uint8Array>, size: number): Promise<Buffer> {
  const all = Buffer.alloc(size);
  let at = 0;
  for await (const bytes of content) {
    all.set(bytes.subarray(0, size - at), at);
    at += bytes.length;
  }
  return all;
}

function openImage(path: string): { readonly read: ReadAt; readonly close: () => void } {
  const file = openSync(path, 'r');
  return {
    read(offset, length) {
      const bytes = Buffer.alloc(length);
      // What is missing is zeros, and refused when it is hashed.
      for (let at = 0, got = -1; at < length && got !== 0; at += got)
        got = readSync(file, bytes, at, length - at, offset + at);
      return bytes;
    },
    close: () => closeSync(file),
  };
}

function damaged(repository: RepositoryWriter, path: string, there: number, size: number): AshlarError {
  return new AshlarError(
    'repository-corrupt',
    `${path} of the repository ${repository.describe()} has ${there} bytes instead of ${size}.`,
    { hint: 'The file is damaged: remove it, and publish again.' },
  );
}
