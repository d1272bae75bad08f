import { invalid, offsetIn, readSegments, type Segment } from './segments.ts';

/** What the dynamic loader needs to start a program or to load a library. */
export interface NeededLibraries {
  /** Path of the dynamic loader; undefined for a library and for a static program. */
  readonly interpreter: string | undefined;
  /** Names of the shared libraries (`DT_NEEDED`), in the file's order. */
  readonly libraries: readonly string[];
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DYNAMIC_ENTRY_BYTES = 16;
const MAX_DYNAMIC_ENTRIES = 4096;
const DT_NULL = 0n;
const DT_NEEDED = 1n;
const DT_STRTAB = 5n;
/** Names and paths end within this many bytes. */
const MAX_TEXT_BYTES = 4096;

/**
 * Reads which libraries an ELF file asks for (System V ABI, chapter 5, “Dynamic Section”). Little-endian 64-bit files only, which all
 * architectures of Ashlar are. Throws `elf-invalid` for a file that is not one or whose tables lead outside of it.
 */
export function neededLibraries(file: Buffer): NeededLibraries {
  const segments = readSegments(file);
  const interpreter = segments.find(({ type }) => type === PT_INTERP);
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  return {
    interpreter: interpreter && textAt(file, interpreter.offset),
    libraries: dynamic === undefined ? [] : readNeeded(file, segments, dynamic),
  };
}

function readNeeded(file: Buffer, segments: readonly Segment[], dynamic: Segment): string[] {
  const count = Math.min(Math.floor(dynamic.fileBytes / DYNAMIC_ENTRY_BYTES), MAX_DYNAMIC_ENTRIES);
  const names: bigint[] = [];
  let table: bigint | undefined;
  for (let index = 0; index < count; index++) {
    const at = dynamic.offset + index * DYNAMIC_ENTRY_BYTES;
    const tag = file.readBigUInt64LE(at);
    const value = file.readBigUInt64LE(at + 8);
    if (tag === DT_NULL) break;
    if (tag === DT_NEEDED) names.push(value);
    if (tag === DT_STRTAB) table = value;
  }
  if (names.length === 0) return [];
  if (table === undefined) throw invalid('it has no table of names');
  const tableOffset = fileOffset(file, segments, table);
  return names.map((name) => textAt(file, tableOffset + offsetIn(file, name)));
}

/** Where in the file the byte lies that is at `address` in memory. */
function fileOffset(file: Buffer, segments: readonly Segment[], address: bigint): number {
  const segment = segments.find(
    ({ type, address: start, fileBytes }) =>
      type === PT_LOAD && address >= start && address < start + BigInt(fileBytes),
  );
  if (segment === undefined) throw invalid('its table of names lies in no segment');
  return offsetIn(file, BigInt(segment.offset) + (address - segment.address));
}

function textAt(file: Buffer, offset: number): string {
  const end = file.indexOf(0, offset);
  if (offset >= file.length || end < 0 || end - offset > MAX_TEXT_BYTES) throw invalid('a name does not end');
  return file.toString('latin1', offset, end);
}
