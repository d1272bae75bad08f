import type { ErofsImage } from './erofs-image.ts';
import { imageCorrupt, imageUnsupported } from './image-error.ts';
import { MAP_ADVISE, MAP_HEADER, MAP_HEADER_BYTES } from './on-disk.ts';
import { bodyEnd, type ErofsInode, inodeName } from './read-inode.ts';

/** What the map header of a compressed inode says. */
export type MapHeader =
  | {
      readonly kind: 'index';
      /** Bits of `MAP_ADVISE`. */
      readonly advise: number;
      /** Numbers of the algorithms of the two types of heads. */
      readonly algorithms: readonly [head1: number, head2: number];
      /** Stored bytes of the last piece when it lies in the inode, else 0. */
      readonly inlineBytes: number;
      /** The lower half of the place of a last piece in the packed inode. */
      readonly fragmentOffset: number;
      /** The byte address behind the header. */
      readonly end: number;
    }
  | {
      /** The whole file lies in the packed inode; there is no index. */
      readonly kind: 'fragment';
      readonly offset: number;
    };

const KNOWN_ADVISE = Object.values(MAP_ADVISE).reduce<number>((all, bit) => all | bit, 0);
const CLUSTER_BITS_MASK = 0x7f;
const WHOLE_FRAGMENT_BIT = 0x80;
const FRAGMENT_OFFSET_MASK = (1n << 63n) - 1n;

/** Reads the map header behind a compressed inode and its xattrs. Throws `image-corrupt`, `image-unsupported`. */
export function readMapHeader(image: ErofsImage, inode: ErofsInode): MapHeader {
  const where = inodeName(inode.nid);
  const offset = Math.ceil(bodyEnd(inode) / MAP_HEADER_BYTES) * MAP_HEADER_BYTES;
  const bytes = image.bytes(offset, MAP_HEADER_BYTES, where);
  const clusterBits = bytes.readUInt8(MAP_HEADER.clusterBits);
  if ((clusterBits & WHOLE_FRAGMENT_BIT) !== 0) {
    const fragment = bytes.readBigUInt64LE(0) & FRAGMENT_OFFSET_MASK;
    if (fragment > BigInt(Number.MAX_SAFE_INTEGER)) throw imageCorrupt(where, 'its fragment is out of range', offset);
    return { kind: 'fragment', offset: Number(fragment) };
  }
  if ((clusterBits & CLUSTER_BITS_MASK) !== 0) throw imageUnsupported(where, 'logical clusters larger than a block');
  const advise = bytes.readUInt16LE(MAP_HEADER.advise);
  if ((advise & ~KNOWN_ADVISE) !== 0) throw imageUnsupported(where, `map advice 0x${advise.toString(16)}`);
  const algorithms = bytes.readUInt8(MAP_HEADER.algorithms);
  const inline = (advise & MAP_ADVISE.inlinePcluster) !== 0;
  const fragment = (advise & MAP_ADVISE.fragmentPcluster) !== 0;
  if (inline && fragment) throw imageCorrupt(where, 'its last piece is said to be in two places', offset);
  return {
    kind: 'index',
    advise,
    algorithms: [algorithms & 0xf, algorithms >> 4],
    inlineBytes: inline ? bytes.readUInt16LE(MAP_HEADER.inlineDataSize) : 0,
    fragmentOffset: fragment ? bytes.readUInt32LE(0) : 0,
    end: offset + MAP_HEADER_BYTES,
  };
}
