import { AshlarError } from '../../model/error.ts';

/** What the dynamic loader needs to start a program or to load a library. */
export interface NeededLibraries {
  /** Path of the dynamic loader; undefined for a library and for a static program. */
  readonly interpreter: string | undefined;
  /** Names of the shared libraries (`DT_NEEDED`), in the file's order. */
  readonly libraries: readonly string[];
}

const MAGIC = Buffer.from('\x7fELF', 'latin1');
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const MAX_PROGRAM_HEADERS = 128;
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

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: bigint;
  readonly fileBytes: number;
}

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

/** True when `file` begins as an ELF file does. */
export function isElf(file: Buffer): boolean {
  return file.subarray(0, MAGIC.length).equals(MAGIC);
}

function readSegments(file: Buffer): Segment[] {
  if (file.length < HEADER_BYTES || !isElf(file)) throw invalid('it does not begin as one');
  if (file[4] !== CLASS_64 || file[5] !== LITTLE_ENDIAN) throw invalid('it is not 64-bit little-endian');
  const tableOffset = offsetIn(file, file.readBigUInt64LE(32));
  const entryBytes = file.readUInt16LE(54);
  const count = file.readUInt16LE(56);
  if (count > 0 && entryBytes !== PROGRAM_HEADER_BYTES) throw invalid(`program headers have ${entryBytes} bytes`);
  if (count > MAX_PROGRAM_HEADERS) throw invalid(`it has ${count} program headers`);
  if (tableOffset + count * PROGRAM_HEADER_BYTES > file.length) throw invalid('its program headers are cut off');
  return Array.from({ length: count }, (_, index): Segment => {
    const at = tableOffset + index * PROGRAM_HEADER_BYTES;
    const offset = offsetIn(file, file.readBigUInt64LE(at + 8));
    const fileBytes = Number(file.readBigUInt64LE(at + 32));
    if (offset + fileBytes > file.length) throw invalid(`segment ${index} is cut off`);
    return { type: file.readUInt32LE(at), offset, address: file.readBigUInt64LE(at + 16), fileBytes };
  });
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

function offsetIn(file: Buffer, offset: bigint): number {
  if (offset > BigInt(file.length)) throw invalid(`it refers to byte ${offset}, and has ${file.length}`);
  return Number(offset);
}

function textAt(file: Buffer, offset: number): string {
  const end = file.indexOf(0, offset);
  if (offset >= file.length || end < 0 || end - offset > MAX_TEXT_BYTES) throw invalid('a name does not end');
  return file.toString('latin1', offset, end);
}

function invalid(why: string): AshlarError {
  return new AshlarError('elf-invalid', `This is not an ELF file that can be read: ${why}.`, {
    hint: 'Is the package that brings it complete? Run the build again.',
  });
}
