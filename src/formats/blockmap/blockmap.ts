import { isSha256, type Sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { MAX_PACK_BYTES } from '../../model/repository.ts';
import { MAX_DATA_BLOCKS, VERITY_BLOCK_BYTES } from '../verity/layout.ts';

/**
 * A block map says, for every data block of a root image in order, in which pack of a repository it lies and as the how manieth there. The
 * format is `docs/development/formats/repository.md`. Nobody signs it: each block is checked against its dm-verity leaf hash when it has come.
 */
export interface Blockmap {
  /** dm-verity root hash of the image. */
  readonly rootHash: Sha256;
  /** The packs that hold its blocks. */
  readonly packs: readonly Sha256[];
  /** For each data block {@link entryOf} what lies where, or {@link BLOCK_OF_ZEROS}. */
  readonly entries: Uint32Array;
}

/** What the first bytes of a block map say about the rest. */
export interface BlockmapHead {
  readonly rootHash: Sha256;
  readonly dataBlocks: number;
  readonly packCount: number;
  /** Where the entries begin: after the head and the packs. */
  readonly entriesOffset: number;
  /** Bytes of the whole map. */
  readonly totalBytes: number;
}

export const BLOCKMAP_HEAD_BYTES = 64;
export const BLOCKMAP_ENTRY_BYTES = 4;
export const PACK_DIGEST_BYTES = 32;
/** More would be another image in each: with packs of 16 MiB this is a terabyte. A reader needs at most 2 MiB for their names. */
export const MAX_PACKS = 65_535;
export const MAX_PACK_BLOCKS = MAX_PACK_BYTES / VERITY_BLOCK_BYTES;
/** The entry of a block that holds nothing but zeros: it lies in no pack. */
export const BLOCK_OF_ZEROS = 0xffff_ffff;

const SIGNATURE = Buffer.from('ashlarbm', 'latin1');
const VERSION = 1;
/** Bits of an entry that count blocks in the pack; those above count packs. */
const BLOCK_BITS = 12;
const OFFSET = { signature: 0, version: 8, packCount: 12, dataBlocks: 16, reserved: 24, rootHash: 32 } as const;

/** The entry for block `block` of the pack with the index `pack`. */
export function entryOf(pack: number, block: number): number {
  return (pack << BLOCK_BITS) | block;
}

/** The index of the pack in which an entry's block lies. */
export function packOfEntry(entry: number): number {
  return entry >>> BLOCK_BITS;
}

/** The how manieth block of its pack an entry means, from 0. */
export function blockOfEntry(entry: number): number {
  return entry & (MAX_PACK_BLOCKS - 1);
}

/** The bytes of a block map. Little-endian; the one encoding of its content. */
export function encodeBlockmap({ rootHash, packs, entries }: Blockmap): Buffer {
  const head = Buffer.alloc(BLOCKMAP_HEAD_BYTES);
  SIGNATURE.copy(head, OFFSET.signature);
  head.writeUInt32LE(VERSION, OFFSET.version);
  head.writeUInt32LE(packs.length, OFFSET.packCount);
  head.writeBigUInt64LE(BigInt(entries.length), OFFSET.dataBlocks);
  head.write(rootHash, OFFSET.rootHash, 'hex');
  const body = Buffer.alloc(entries.length * BLOCKMAP_ENTRY_BYTES);
  for (const [index, entry] of entries.entries()) body.writeUInt32LE(entry, index * BLOCKMAP_ENTRY_BYTES);
  return Buffer.concat([head, ...packs.map((digest) => Buffer.from(digest, 'hex')), body]);
}

/** Parses the first {@link BLOCKMAP_HEAD_BYTES} bytes of a map. Nothing is allocated by what they say. Throws `blockmap-invalid`. */
export function parseBlockmapHead(bytes: Uint8Array): BlockmapHead {
  if (bytes.length < BLOCKMAP_HEAD_BYTES) throw invalid(`it is cut off after ${bytes.length} bytes`);
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, BLOCKMAP_HEAD_BYTES);
  if (!head.subarray(0, SIGNATURE.length).equals(SIGNATURE)) throw invalid('the signature “ashlarbm” is missing');
  const version = head.readUInt32LE(OFFSET.version);
  if (version !== VERSION) throw invalid(`version ${version} is unknown`);
  const packCount = head.readUInt32LE(OFFSET.packCount);
  if (packCount > MAX_PACKS) throw invalid(`it names ${packCount} packs, more than ${MAX_PACKS}`);
  const dataBlocks = head.readBigUInt64LE(OFFSET.dataBlocks);
  if (dataBlocks < 1n || dataBlocks > MAX_DATA_BLOCKS)
    throw invalid(`an image of ${dataBlocks} blocks is not possible`);
  if (head.readBigUInt64LE(OFFSET.reserved) !== 0n) throw invalid('its padding is not zero');
  const entriesOffset = BLOCKMAP_HEAD_BYTES + packCount * PACK_DIGEST_BYTES;
  return {
    rootHash: digestAt(head, OFFSET.rootHash),
    dataBlocks: Number(dataBlocks),
    packCount,
    entriesOffset,
    totalBytes: entriesOffset + Number(dataBlocks) * BLOCKMAP_ENTRY_BYTES,
  };
}

/** Parses the names of the packs, which follow the head. Throws `blockmap-invalid`. */
export function parsePackTable(bytes: Uint8Array, { packCount }: BlockmapHead): Sha256[] {
  const table = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (table.length < packCount * PACK_DIGEST_BYTES)
    throw invalid(`its table of packs is cut off after ${table.length} bytes`);
  const packs = Array.from({ length: packCount }, (_, index) => digestAt(table, index * PACK_DIGEST_BYTES));
  if (new Set(packs).size < packs.length) throw invalid('it names a pack twice');
  return packs;
}

/** Parses entries, as many as there are in `bytes`. Throws `blockmap-invalid` for one that lies in no pack of the map. */
export function parseBlockmapEntries(bytes: Uint8Array, { packCount }: BlockmapHead): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const entries = new Uint32Array(Math.floor(bytes.length / BLOCKMAP_ENTRY_BYTES));
  for (let index = 0; index < entries.length; index++) {
    const entry = view.getUint32(index * BLOCKMAP_ENTRY_BYTES, true);
    if (entry !== BLOCK_OF_ZEROS && packOfEntry(entry) >= packCount) {
      throw invalid(`it names pack ${packOfEntry(entry)} of ${packCount}`);
    }
    entries[index] = entry;
  }
  return entries;
}

/** Parses a whole map. Throws `blockmap-invalid`. */
export function parseBlockmap(bytes: Uint8Array): Blockmap {
  const head = parseBlockmapHead(bytes);
  if (bytes.length !== head.totalBytes) throw invalid(`it has ${bytes.length} bytes instead of ${head.totalBytes}`);
  return {
    rootHash: head.rootHash,
    packs: parsePackTable(bytes.subarray(BLOCKMAP_HEAD_BYTES, head.entriesOffset), head),
    entries: parseBlockmapEntries(bytes.subarray(head.entriesOffset), head),
  };
}

function digestAt(bytes: Buffer, offset: number): Sha256 {
  const text = bytes.toString('hex', offset, offset + PACK_DIGEST_BYTES);
  if (!isSha256(text)) throw invalid('a digest is cut off');
  return text;
}

function invalid(why: string): AshlarError {
  return new AshlarError('blockmap-invalid', `The block map cannot be used: ${why}.`, {
    hint: 'Publish the release again; what is there already is not sent again.',
  });
}
