import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { openErofs } from '../../formats/erofs/erofs-image.ts';
import type { ContentPiece } from '../../formats/erofs/read-content.ts';
import { treeFromErofs } from '../../formats/erofs/tree-from-erofs.ts';
import type { Sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { DirectoryNode, FileContent } from '../../model/tree.ts';
import { type ReadContent, readInMemory } from '../../store/read-content.ts';
import { openImage } from '../verify/open-image.ts';
import { readManifest } from '../verify/verify-release.ts';

/** A package of a release, as its `packages.json` lists it. */
const releasePackage = z.object({
  name: z.string().max(255),
  version: z.string().max(255),
  architecture: z.string().max(32),
  group: z.enum(['root', 'boot']),
  installedSize: z.int().min(0).describe('Kibibytes'),
});
export type ListedPackage = z.output<typeof releasePackage>;
const packageList = z.object({ packages: z.array(releasePackage).max(100_000) });

/** A release that has been read: what it says of itself, and the tree of its root image. */
export interface ReleaseContents {
  readonly manifest: Manifest;
  readonly packages: readonly ListedPackage[];
  readonly tree: DirectoryNode;
  /** The bytes of the tree's smaller files: configuration, not programs. */
  readonly read: ReadContent;
}

/** Contents up to this size are kept in memory: units, accounts and settings are smaller. */
const KEPT_FILE_BYTES = 64 * 1024;
/** All that are kept together; what comes later is only hashed. */
const KEPT_BYTES = 256 * 1024 * 1024;

/** More than this is not read: a small image may claim files of any size, in which there is nothing. */
const MAX_HASHED_BYTES = 32 * 1024 * 1024 * 1024;
const ZEROS = Buffer.alloc(1024 * 1024);

/**
 * Reads the release in `directory`: every file of the image is read and hashed, so that two can be compared. It does not verify
 * the release; `verifyRelease` does.
 *
 * Throws `release-not-found`, `manifest-invalid`, `image-corrupt`, `image-unsupported`.
 */
export function readReleaseContents(directory: string): ReleaseContents {
  const manifest = readManifest(directory);
  return {
    manifest,
    packages: readPackages(join(directory, manifest.documents.packages.name)),
    ...readImageTree(join(directory, manifest.root.image.name)),
  };
}

/** The tree of the EROFS image at `path`, every file hashed. */
export function readImageTree(path: string): Pick<ReleaseContents, 'tree' | 'read'> {
  const file = openImage(path);
  let kept = 0;
  let hashed = 0;
  try {
    const image = openErofs(file.readAt, file.size);
    const tree = treeFromErofs(image, (size, pieces): FileContent => {
      const keep = size <= KEPT_FILE_BYTES && kept + size <= KEPT_BYTES;
      const hash = createHash('sha256');
      const parts: Uint8Array[] = [];
      hashed += size;
      if (hashed > MAX_HASHED_BYTES) throw tooLarge(path);
      for (const piece of pieces) {
        for (const bytes of bytesOfPiece(piece)) {
          hash.update(bytes);
          if (keep) parts.push(Buffer.from(bytes));
        }
      }
      const digest = hash.digest('hex') as Sha256;
      if (!keep) return { kind: 'stored', size, digest };
      kept += size;
      return { kind: 'bytes', size, digest, bytes: Buffer.concat(parts) };
    });
    return { tree, read: readInMemory };
  } finally {
    file.close();
  }
}

function readPackages(path: string): readonly ListedPackage[] {
  try {
    return packageList.parse(JSON.parse(readFileSync(path, 'utf8'))).packages;
  } catch (error) {
    throw new AshlarError('manifest-invalid', `${path} is not the list of packages of a release`, {
      hint: 'Run `ashlar verify` on the release; if it is damaged, build or fetch it again.',
      cause: error,
    });
  }
}

function* bytesOfPiece(piece: ContentPiece): Generator<Uint8Array> {
  if (piece.kind === 'data') yield piece.bytes;
  else
    for (let left = piece.size; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, Math.min(left, ZEROS.length));
}

function tooLarge(path: string): AshlarError {
  return new AshlarError(
    'image-unsupported',
    `The files of ${path} have more than ${MAX_HASHED_BYTES} bytes together`,
    {
      hint: 'Look into it with `ashlar fs ls`; nothing that large was built by Ashlar.',
    },
  );
}
