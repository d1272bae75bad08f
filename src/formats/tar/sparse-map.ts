import type { ByteSource } from './byte-source.ts';
import { parseNumberField } from './number-field.ts';
import { parsePaxCount } from './pax.ts';
import type { TarExtent } from './tar-entry.ts';
import { tarCorrupt } from './tar-error.ts';
import { TAR_BLOCK_BYTES } from './tar-header.ts';

/** What a sparse member says of itself. */
export interface SparseMap {
  /** The file's size, holes included. */
  readonly size: number;
  readonly extents: readonly TarExtent[];
  /** How many bytes of the member's data the map itself took. */
  readonly mapBytes: number;
}

/** A map longer than this is refused: 65,536 pieces of at least a block make a file of 256 MiB of data. */
const MAX_EXTENTS = 65_536;

const PAIR_BYTES = 24;
const OLD_HEADER = { mapAt: 386, pairs: 4, extendedAt: 482, sizeAt: 483 };
const OLD_EXTENSION = { mapAt: 0, pairs: 21, extendedAt: 504 };

/** Old GNU format (type `S`): four pieces in the header, more in blocks that follow it. GNU tar manual, "Old GNU Format". */
export async function readOldSparseMap(source: ByteSource, header: Buffer, offset: number): Promise<SparseMap> {
  const extents: TarExtent[] = [];
  let block = header;
  let layout: { mapAt: number; pairs: number; extendedAt: number } = OLD_HEADER;
  const number = (at: number): number => {
    const value = parseNumberField(block.subarray(at, at + PAIR_BYTES / 2), 'sparse map', offset);
    if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER))
      throw tarCorrupt('its sparse map is out of range', offset);
    return Number(value);
  };
  const size = number(OLD_HEADER.sizeAt);
  for (;;) {
    for (let pair = 0; pair < layout.pairs; pair++) {
      const at = layout.mapAt + pair * PAIR_BYTES;
      if (block[at + PAIR_BYTES / 2] === 0) break;
      extents.push({ offset: number(at), size: number(at + PAIR_BYTES / 2) });
    }
    if (extents.length > MAX_EXTENTS) throw tarCorrupt(`its sparse map has more than ${MAX_EXTENTS} pieces`, offset);
    if (block[layout.extendedAt] === 0) break;
    layout = OLD_EXTENSION;
    const next = await source.read(TAR_BLOCK_BYTES);
    if (next === undefined) throw tarCorrupt('it ends within a sparse map', source.position);
    block = next;
  }
  return { size, extents: checked(extents, size, offset), mapBytes: 0 };
}

/**
 * PAX format 1.0: the map is decimal lines (count, then offset and size of each piece) at the start of the member's data,
 * padded to a block. GNU tar manual, "PAX Format, Version 1.0".
 */
export async function readPaxSparseMap(
  source: ByteSource,
  size: number,
  dataSize: number,
  offset: number,
): Promise<SparseMap> {
  let mapBytes = 0;
  let text = '';
  const line = async (): Promise<number> => {
    for (;;) {
      const end = text.indexOf('\n');
      if (end >= 0) {
        const value = parsePaxCount(Buffer.from(text.slice(0, end), 'latin1'), 'sparse map', offset);
        text = text.slice(end + 1);
        return value;
      }
      const block = mapBytes + TAR_BLOCK_BYTES <= dataSize ? await source.read(TAR_BLOCK_BYTES) : undefined;
      if (block === undefined) throw tarCorrupt('it ends within a sparse map', source.position);
      mapBytes += TAR_BLOCK_BYTES;
      text += block.toString('latin1');
    }
  };
  const count = await line();
  if (count > MAX_EXTENTS) throw tarCorrupt(`its sparse map has more than ${MAX_EXTENTS} pieces`, offset);
  const extents: TarExtent[] = [];
  for (let piece = 0; piece < count; piece++) extents.push({ offset: await line(), size: await line() });
  return { size, extents: checked(extents, size, offset), mapBytes };
}

/** PAX format 0.1: the whole map in one record, `offset,size,offset,size,…`. */
export function parsePaxSparseMap(value: Buffer, size: number, offset: number): SparseMap {
  const numbers = value.length === 0 ? [] : value.toString('latin1').split(',', 2 * MAX_EXTENTS + 1);
  if (numbers.length % 2 !== 0) throw tarCorrupt('its sparse map is odd or too long', offset);
  const counts = numbers.map((text) => parsePaxCount(Buffer.from(text, 'latin1'), 'sparse map', offset));
  const extents: TarExtent[] = [];
  for (let at = 0; at < counts.length; at += 2) extents.push({ offset: counts[at]!, size: counts[at + 1]! });
  return { size, extents: checked(extents, size, offset), mapBytes: 0 };
}

/** Pieces must ascend, not overlap and lie within the file; empty ones (GNU marks the end with one) are dropped. */
function checked(extents: readonly TarExtent[], size: number, offset: number): TarExtent[] {
  let end = 0;
  for (const extent of extents) {
    if (extent.offset < end || extent.offset + extent.size > size) {
      throw tarCorrupt('its sparse map has overlapping pieces or leaves the file', offset);
    }
    end = extent.offset + extent.size;
  }
  return extents.filter((extent) => extent.size > 0);
}
