import { AshlarError } from '../../model/error.ts';
import { COFF, OPTIONAL, SECTION, SECTION_HEADER_BYTES } from './on-disk.ts';

/** A section of a PE image: where its bytes lie in the file and where the firmware puts them in memory. */
export interface PeSection {
  readonly name: string;
  readonly virtualAddress: number;
  /** Exact size of the content when it is smaller than `rawSize`; what is beyond `rawSize` reads as zeros. */
  readonly virtualSize: number;
  readonly rawOffset: number;
  /** Bytes in the file, padding included. */
  readonly rawSize: number;
  readonly characteristics: number;
}

/** The headers of a PE32+ image, as far as they concern boot images. */
export interface PeHeaders {
  /** Where the COFF header (after `PE\0\0`) begins. */
  readonly coffOffset: number;
  readonly optionalOffset: number;
  readonly machine: number;
  readonly sectionTableOffset: number;
  readonly sectionCount: number;
  readonly sectionAlignment: number;
  readonly fileAlignment: number;
  readonly sizeOfImage: number;
  readonly sizeOfHeaders: number;
  readonly subsystem: number;
  readonly dllCharacteristics: number;
  /** True when the image carries an Authenticode signature. */
  readonly signed: boolean;
}

export interface PeImage extends PeHeaders {
  /** In the order of the table. */
  readonly sections: readonly PeSection[];
}

const DOS_MAGIC = 0x5a4d;
const DOS_HEADER_BYTES = 64;
const DOS_PE_OFFSET = 0x3c;
const PE_SIGNATURE = 0x0000_4550;
const PE32_PLUS = 0x20b;
/** The limit of the Windows loader; firmware has none of its own, and a UKI with ten profiles stays below. */
const MAX_SECTIONS = 96;

/**
 * The headers of a PE32+ image, without its sections. Kernels are read with this: theirs describe the kernel's own loading and
 * follow few rules. Throws `boot-image-invalid`.
 */
export function parsePeHeaders(bytes: Uint8Array): PeHeaders {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  check(view.length >= DOS_HEADER_BYTES && view.readUInt16LE(0) === DOS_MAGIC, 'it does not begin with an MZ header');
  const peOffset = view.readUInt32LE(DOS_PE_OFFSET);
  const coffOffset = peOffset + 4;
  const optionalOffset = coffOffset + COFF.bytes;
  check(optionalOffset + OPTIONAL.directories <= view.length, 'its headers are cut off');
  check(view.readUInt32LE(peOffset) === PE_SIGNATURE, 'the PE signature is missing');

  const optionalBytes = view.readUInt16LE(coffOffset + COFF.optionalBytes);
  const directoryCount = view.readUInt32LE(optionalOffset + OPTIONAL.directoryCount);
  check(view.readUInt16LE(optionalOffset + OPTIONAL.magic) === PE32_PLUS, 'it is not a 64-bit image (PE32+)');
  check(optionalBytes >= OPTIONAL.directories, 'its optional header is too short');
  check(directoryCount <= Math.floor((optionalBytes - OPTIONAL.directories) / 8), 'its data directories are cut off');

  const sectionTableOffset = optionalOffset + optionalBytes;
  const sectionCount = view.readUInt16LE(coffOffset + COFF.sectionCount);
  check(sectionCount <= MAX_SECTIONS, `it has ${sectionCount} sections, more than ${MAX_SECTIONS}`);
  check(sectionTableOffset + sectionCount * SECTION_HEADER_BYTES <= view.length, 'its section table is cut off');

  const certificateAt = optionalOffset + OPTIONAL.certificateDirectory;
  return {
    coffOffset,
    optionalOffset,
    machine: view.readUInt16LE(coffOffset + COFF.machine),
    sectionTableOffset,
    sectionCount,
    sectionAlignment: view.readUInt32LE(optionalOffset + OPTIONAL.sectionAlignment),
    fileAlignment: view.readUInt32LE(optionalOffset + OPTIONAL.fileAlignment),
    sizeOfImage: view.readUInt32LE(optionalOffset + OPTIONAL.sizeOfImage),
    sizeOfHeaders: view.readUInt32LE(optionalOffset + OPTIONAL.sizeOfHeaders),
    subsystem: view.readUInt16LE(optionalOffset + OPTIONAL.subsystem),
    dllCharacteristics: view.readUInt16LE(optionalOffset + OPTIONAL.dllCharacteristics),
    signed: directoryCount > 4 && view.readBigUInt64LE(certificateAt) !== 0n,
  };
}

/**
 * Headers and sections of a PE32+ image (stub, boot loader, UKI). Sections must lie within the file and, in ascending order and
 * without overlap, within the image. Throws `boot-image-invalid`.
 *
 * @param fileBytes size of the whole file, when `bytes` are only its beginning, which must have all headers.
 */
export function parsePe(bytes: Uint8Array, fileBytes = bytes.byteLength): PeImage {
  const headers = parsePeHeaders(bytes);
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const alignment of [headers.sectionAlignment, headers.fileAlignment]) {
    check(
      alignment >= 16 && alignment <= 1 << 24 && (alignment & (alignment - 1)) === 0,
      'its alignment is impossible',
    );
  }
  const tableEnd = headers.sectionTableOffset + headers.sectionCount * SECTION_HEADER_BYTES;
  check(tableEnd <= headers.sizeOfHeaders && headers.sizeOfHeaders <= view.length, 'its header size is impossible');

  const sections: PeSection[] = [];
  let memoryEnd = headers.sizeOfHeaders;
  for (let at = headers.sectionTableOffset; at < tableEnd; at += SECTION_HEADER_BYTES) {
    const section = parseSection(view, at);
    const { name, rawOffset, rawSize, virtualAddress, virtualSize } = section;
    const inFile = rawSize === 0 || (rawOffset >= headers.sizeOfHeaders && rawOffset + rawSize <= fileBytes);
    check(inFile, `its section “${name}” lies outside of the file`);
    check(virtualAddress >= memoryEnd, `its section “${name}” overlaps another`);
    memoryEnd = virtualAddress + virtualSize;
    check(memoryEnd <= headers.sizeOfImage, `its section “${name}” lies outside of the image`);
    sections.push(section);
  }
  return { ...headers, sections };
}

/** The content of `section` in the file, without padding. */
export function sectionContent(bytes: Uint8Array, section: PeSection): Buffer {
  const size = Math.min(section.virtualSize, section.rawSize);
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // A section without content may have any offset.
  return view.subarray(section.rawOffset, section.rawOffset + size);
}

function parseSection(view: Buffer, at: number): PeSection {
  const name = view.toString('latin1', at + SECTION.name, at + SECTION.name + SECTION.nameBytes).replace(/\0+$/, '');
  check(/^[\x21-\x7e]{1,8}$/.test(name), 'a section has no printable name');
  return {
    name,
    virtualSize: view.readUInt32LE(at + SECTION.virtualSize),
    virtualAddress: view.readUInt32LE(at + SECTION.virtualAddress),
    rawSize: view.readUInt32LE(at + SECTION.rawSize),
    rawOffset: view.readUInt32LE(at + SECTION.rawOffset),
    characteristics: view.readUInt32LE(at + SECTION.characteristics),
  };
}

function check(condition: boolean, why: string): asserts condition {
  if (condition) return;
  throw new AshlarError('boot-image-invalid', `this is no valid boot image: ${why}`, {
    hint: 'Expected is a UEFI executable: a unified kernel image, a boot loader or the stub of systemd.',
  });
}
