import { AshlarError } from '../../model/error.ts';

const MAGIC = Buffer.from('\x7fELF', 'latin1');
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
/** Size of an ELF header. */
export const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const MAX_PROGRAM_HEADERS = 128;

/** A part of the file that is mapped into memory, or that says something of it (System V ABI, chapter 5, “Program Header”). */
export interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: bigint;
  readonly fileBytes: number;
}

/** The segments of an ELF file: little-endian 64-bit only, which all architectures of Ashlar are. Throws `elf-invalid`. */
export function readSegments(file: Buffer): Segment[] {
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

/** True when `file` begins as an ELF file does. */
export function isElf(file: Buffer): boolean {
  return file.subarray(0, MAGIC.length).equals(MAGIC);
}

/** `offset` as a number, when it lies in `file`. Throws `elf-invalid`. */
export function offsetIn(file: Buffer, offset: bigint): number {
  if (offset > BigInt(file.length)) throw invalid(`it refers to byte ${offset}, and has ${file.length}`);
  return Number(offset);
}

/** What is thrown for a file that cannot be read as ELF. */
export function invalid(why: string): AshlarError {
  return new AshlarError('elf-invalid', `This is not an ELF file that can be read: ${why}.`, {
    hint: 'Is the package that brings it complete? Run the build again.',
  });
}
