import { AshlarError } from '../../model/error.ts';

/** What the dynamic loader reads of an executable or library. */
export interface ElfDynamic {
  readonly machine: number;
  /** Path of the dynamic loader; undefined for libraries and static programs. */
  readonly interpreter: string | undefined;
  /** `DT_NEEDED`, in order: names like `libc.so.6`. */
  readonly needed: readonly string[];
  readonly soname: string | undefined;
  /** `DT_RUNPATH`, else `DT_RPATH`: directories separated by colons, possibly with `$ORIGIN`. */
  readonly runpath: string | undefined;
}

export const ELF_MACHINE = { amd64: 62, arm64: 183 } as const;

const MAGIC = Buffer.from('\x7fELF\x02\x01\x01', 'latin1');
const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const DYNAMIC_ENTRY_BYTES = 16;
/** Real files have a dozen program headers, a few hundred dynamic entries, and paths. */
const MAX_PROGRAM_HEADERS = 256;
const MAX_DYNAMIC_ENTRIES = 65_536;
const MAX_STRING_BYTES = 4096;

const PT = { load: 1, dynamic: 2, interp: 3 } as const;
const DT = { null: 0, needed: 1, strtab: 5, soname: 14, rpath: 15, runpath: 29 } as const;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly fileBytes: number;
}

/** True when `bytes` begin like a 64-bit little-endian ELF file. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= MAGIC.length && MAGIC.equals(bytes.subarray(0, MAGIC.length));
}

/**
 * Reads which libraries a 64-bit little-endian ELF file needs (System V ABI, “Dynamic Linking”), through its program headers, so
 * stripped files do. A static program needs none. Throws `image-corrupt`.
 */
export function readElfDynamic(bytes: Uint8Array): ElfDynamic {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  check(isElf(view) && view.length >= HEADER_BYTES, 'it is not a 64-bit little-endian ELF file');
  const segments = readSegments(view);
  const interp = segments.find(({ type }) => type === PT.interp);
  const dynamic = segments.find(({ type }) => type === PT.dynamic);
  const entries = dynamic === undefined ? [] : readDynamicEntries(view, dynamic);
  const strings = entries.find(([tag]) => tag === DT.strtab)?.[1];
  const text = (value: number): string => {
    check(strings !== undefined, 'it has names but no table of strings');
    return readString(view, fileOffset(segments, strings + value));
  };
  const first = (tag: number): string | undefined => {
    const entry = entries.find(([candidate]) => candidate === tag);
    return entry === undefined ? undefined : text(entry[1]);
  };
  return {
    machine: view.readUInt16LE(18),
    interpreter: interp === undefined ? undefined : readString(view, interp.offset),
    needed: entries.filter(([tag]) => tag === DT.needed).map(([, value]) => text(value)),
    soname: first(DT.soname),
    runpath: first(DT.runpath) ?? first(DT.rpath),
  };
}

function readSegments(view: Buffer): Segment[] {
  const table = readNumber(view, 32);
  const entryBytes = view.readUInt16LE(54);
  const count = view.readUInt16LE(56);
  check(count <= MAX_PROGRAM_HEADERS && entryBytes === PROGRAM_HEADER_BYTES, 'its program headers are impossible');
  check(table + count * entryBytes <= view.length, 'its program headers are cut off');
  return Array.from({ length: count }, (_, index) => {
    const at = table + index * entryBytes;
    const segment = {
      type: view.readUInt32LE(at),
      offset: readNumber(view, at + 8),
      address: readNumber(view, at + 16),
      fileBytes: readNumber(view, at + 32),
    };
    check(segment.offset + segment.fileBytes <= view.length, 'a segment is cut off');
    return segment;
  });
}

function readDynamicEntries(view: Buffer, { offset, fileBytes }: Segment): (readonly [tag: number, value: number])[] {
  const count = Math.floor(fileBytes / DYNAMIC_ENTRY_BYTES);
  check(count <= MAX_DYNAMIC_ENTRIES, 'its dynamic section is too long');
  const entries: (readonly [number, number])[] = [];
  const wanted: readonly number[] = Object.values(DT);
  for (let at = offset; at < offset + count * DYNAMIC_ENTRY_BYTES; at += DYNAMIC_ENTRY_BYTES) {
    const tag = view.readBigUInt64LE(at);
    if (tag === 0n) break;
    if (wanted.includes(Number(tag))) entries.push([Number(tag), readNumber(view, at + 8)]);
  }
  return entries;
}

/** Where the byte that is loaded at `address` lies in the file. */
function fileOffset(segments: readonly Segment[], address: number): number {
  const segment = segments.find(
    (candidate) =>
      candidate.type === PT.load && address >= candidate.address && address < candidate.address + candidate.fileBytes,
  );
  check(segment !== undefined, 'a name lies outside of what is loaded');
  return segment.offset + (address - segment.address);
}

function readString(view: Buffer, at: number): string {
  const end = view.subarray(at, at + MAX_STRING_BYTES).indexOf(0);
  check(end !== -1, 'a name does not end');
  return view.toString('latin1', at, at + end);
}

function readNumber(view: Buffer, at: number): number {
  const value = view.readBigUInt64LE(at);
  check(value <= BigInt(Number.MAX_SAFE_INTEGER) / 2n, 'a number is impossible');
  return Number(value);
}

function check(condition: boolean, why: string): asserts condition {
  if (condition) return;
  throw new AshlarError('image-corrupt', `this program or library is damaged: ${why}`, {
    hint: 'Install the package that it comes from anew.',
  });
}
