import { createHash } from 'node:crypto';
import { encodeBlockmap } from '../../formats/blockmap/blockmap.ts';
import { readAtOf } from '../../formats/read-at.ts';
import { uuid } from '../../formats/uuid.ts';
import { buildVerityTree, hashImage } from '../../formats/verity/build-tree.ts';
import { VERITY_BLOCK_BYTES, verityLayout } from '../../formats/verity/layout.ts';
import { type Sha256, sha256 } from '../../model/digest.ts';
import { blockmapPath, objectPath, packPath } from '../../model/repository.ts';
import type { RepositoryWriter } from '../../store/transport/repository-writer.ts';
import { type KnownBlocks, NO_BLOCKS } from './known-blocks.ts';
import { packImage } from './pack-image.ts';

export const SALT = Buffer.alloc(32, 0x5a);

/** An image of whole blocks with its hash tree. */
export interface SampleImage {
  readonly image: Buffer;
  readonly tree: Buffer;
  readonly rootHash: Sha256;
}

/** A block that differs from those of other names; `0` is a block of zeros. */
export function sampleBlock(name: string | number): Buffer {
  if (name === 0) return Buffer.alloc(VERITY_BLOCK_BYTES);
  const seed = createHash('sha256').update(String(name)).digest();
  return Buffer.alloc(VERITY_BLOCK_BYTES, seed);
}

/** The image of the blocks with these names. */
export function sampleImage(names: readonly (string | number)[], salt = SALT): SampleImage {
  const image = Buffer.concat(names.map(sampleBlock));
  return { image, ...buildVerityTree(image, { salt, uuid: uuid('00000000-0000-4000-8000-000000000000') }) };
}

/** The image as a device knows it from a manifest. */
export function newImage({ image, tree, rootHash }: SampleImage, salt = SALT) {
  return { rootHash, salt, layout: verityLayout(image.length / VERITY_BLOCK_BYTES), tree: sha256(tree) };
}

/** Puts the image into a repository as publishing does: tree, packs, block map. Returns the bytes of the packs that were new. */
export async function storeImage(
  repository: RepositoryWriter,
  { image, tree, rootHash }: SampleImage,
  known: KnownBlocks = NO_BLOCKS,
  salt = SALT,
): Promise<number> {
  await repository.create(objectPath(sha256(tree)), tree);
  const packs = packImage({ rootHash, salt, read: readAtOf(image), leaves: hashImage(image, salt), known });
  let sent = 0;
  for (;;) {
    const next = packs.next();
    if (next.done === true) {
      await repository.create(blockmapPath(rootHash), encodeBlockmap(next.value));
      return sent;
    }
    await repository.create(packPath(next.value.digest), next.value.bytes);
    sent += next.value.bytes.length;
  }
}
