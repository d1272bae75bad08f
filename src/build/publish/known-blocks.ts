import { BLOCK_OF_ZEROS, blockOfEntry, packOfEntry, parseBlockmap } from '../../formats/blockmap/blockmap.ts';
import { DigestTable } from '../../formats/verity/digest-table.ts';
import { DIGEST_BYTES, VERITY_BLOCK_BYTES, verityLayout } from '../../formats/verity/layout.ts';
import { type Sha256, sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { blockmapPath, objectPath, packPath } from '../../model/repository.ts';
import type { RepositoryWriter } from '../../store/transport/repository-writer.ts';
import { MAX_MAP_BYTES } from './published-image.ts';

/** A block of a pack in the repository. */
export interface PackedBlock {
  readonly pack: Sha256;
  readonly block: number;
}

/** Blocks that packs of the repository hold, by digest. */
export interface KnownBlocks {
  /** Where a block with the digest at `at` in `digests` lies, or undefined. */
  find(digests: Buffer, at: number): PackedBlock | undefined;
}

/** What of a published release's manifest is needed to find its blocks: its `root`. */
export interface PublishedRoot {
  readonly hash: Sha256;
  /** Hexadecimal. */
  readonly salt: string;
  readonly image: { readonly size: number };
  readonly tree: { readonly size: number; readonly sha256: Sha256 };
}

/** None: for the first release of a repository. */
export const NO_BLOCKS: KnownBlocks = { find: () => undefined };

/** More than this many releases are not looked into: each costs reading its hash tree, and the newest share the most. */
export const MAX_KNOWN_RELEASES = 8;

/** What places of several releases are numbered by. */
const RELEASE_STRIDE = 2 ** 33;

interface KnownRelease {
  readonly leaves: Buffer;
  readonly packs: readonly Sha256[];
  readonly entries: Uint32Array;
}

/**
 * Looks up what the packs of `releases` hold, from their block maps and hash trees: a hundredth of what was published, and no pack. A release
 * whose files are damaged or gone is left out, and a pack that is not there counts as one that never was: its blocks are sent again.
 */
export async function knownBlocks(
  repository: RepositoryWriter,
  releases: readonly PublishedRoot[],
  salt: string,
): Promise<KnownBlocks> {
  const packBlocks = new Map<Sha256, number>();
  const known: KnownRelease[] = [];
  for (const root of releases.slice(0, MAX_KNOWN_RELEASES)) {
    if (root.salt !== salt) continue;
    const release = await readRelease(repository, root);
    if (release === undefined) continue;
    for (const pack of release.packs) {
      const size = packBlocks.has(pack) ? undefined : await repository.sizeOf(packPath(pack));
      if (size !== undefined) packBlocks.set(pack, Math.floor(size / VERITY_BLOCK_BYTES));
    }
    known.push(release);
  }
  const table = new DigestTable(known.reduce((sum, { entries }) => sum + entries.length, 0));
  for (const [number, { leaves, packs, entries }] of known.entries()) {
    for (const [block, entry] of entries.entries()) {
      if (entry === BLOCK_OF_ZEROS) continue;
      if (blockOfEntry(entry) >= (packBlocks.get(packs[packOfEntry(entry)]!) ?? 0)) continue;
      table.add(leaves, block * DIGEST_BYTES, number * RELEASE_STRIDE + block);
    }
  }
  return {
    find(digests, at) {
      const value = table.find(digests, at);
      if (value === undefined) return undefined;
      const { leaves, packs, entries } = known[Math.floor(value / RELEASE_STRIDE)]!;
      const block = value % RELEASE_STRIDE;
      // The table knows only the beginnings of digests.
      if (leaves.compare(digests, at, at + DIGEST_BYTES, block * DIGEST_BYTES, (block + 1) * DIGEST_BYTES) !== 0)
        return undefined;
      return { pack: packs[packOfEntry(entries[block]!)]!, block: blockOfEntry(entries[block]!) };
    },
  };
}

async function readRelease(repository: RepositoryWriter, root: PublishedRoot): Promise<KnownRelease | undefined> {
  try {
    const tree = await repository.read(objectPath(root.tree.sha256), { maxBytes: root.tree.size });
    const bytes = await repository.read(blockmapPath(root.hash), { maxBytes: MAX_MAP_BYTES });
    if (tree === undefined || bytes === undefined || sha256(tree) !== root.tree.sha256) return undefined;
    const map = parseBlockmap(bytes);
    const layout = verityLayout(root.image.size / VERITY_BLOCK_BYTES);
    if (map.rootHash !== root.hash || map.entries.length !== layout.dataBlocks) return undefined;
    return { leaves: leavesOf(tree, root.hash, layout), packs: map.packs, entries: map.entries };
  } catch (error) {
    if (error instanceof AshlarError && error.code !== 'interrupted') return undefined;
    throw error;
  }
}

/** The digests of the data blocks, out of a hash tree. Of a single block the root hash is the digest. */
export function leavesOf(tree: Buffer, rootHash: Sha256, layout: ReturnType<typeof verityLayout>): Buffer {
  const [leaves] = layout.levels;
  if (leaves === undefined) return Buffer.from(rootHash, 'hex');
  const start = leaves.firstBlock * VERITY_BLOCK_BYTES;
  return tree.subarray(start, start + layout.dataBlocks * DIGEST_BYTES);
}
