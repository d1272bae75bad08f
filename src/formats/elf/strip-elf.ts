import { HEADER_BYTES, readSegments } from './segments.ts';

/** Offset, size of entries, number of entries and index of names of the section header table, in the ELF header. */
const SECTION_TABLE_OFFSET = 40;
const SECTION_ENTRY_BYTES = 58;
const SECTION_COUNT = 60;
const SECTION_NAMES = 62;

/**
 * `file` without what only debuggers and linkers read: symbol table, debug information and section headers lie behind the last
 * segment, and a program is started by its segments alone (System V ABI, chapter 4, “ELF Header”: a file without section header table
 * has zeros for it). Everything up to there stays as it is, so the same file always gives the same bytes. Throws `elf-invalid`.
 */
export function stripElf(file: Buffer): Buffer {
  const end = Math.max(HEADER_BYTES, ...readSegments(file).map(({ offset, fileBytes }) => offset + fileBytes));
  const stripped = Buffer.from(file.subarray(0, Math.max(end, programHeadersEnd(file))));
  stripped.writeBigUInt64LE(0n, SECTION_TABLE_OFFSET);
  for (const field of [SECTION_ENTRY_BYTES, SECTION_COUNT, SECTION_NAMES]) stripped.writeUInt16LE(0, field);
  return stripped;
}

/** The program headers need not lie in a segment. {@link readSegments} has found them inside the file. */
function programHeadersEnd(file: Buffer): number {
  return Number(file.readBigUInt64LE(32)) + file.readUInt16LE(54) * file.readUInt16LE(56);
}
