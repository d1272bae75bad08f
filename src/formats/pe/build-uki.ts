import { AshlarError } from '../../model/error.ts';
import { contentEnd } from './content-end.ts';
import { COFF, NX_COMPAT, OPTIONAL, SECTION, SECTION_HEADER_BYTES, SUBSYSTEM_EFI_APPLICATION } from './on-disk.ts';
import { type PeHeaders, type PeImage, type PeSection, parsePe, parsePeHeaders, sectionContent } from './parse-pe.ts';
import { findKernelSbat, mergeSbat } from './sbat.ts';

/** What goes into a unified kernel image. Texts are stored as UTF-8 without a terminator. */
export interface UkiParts {
  /** systemd's stub, e.g. `linuxx64.efi.stub`, unsigned. */
  readonly stub: Buffer;
  /** The kernel image as the distribution ships it: an EFI executable of the stub's machine. */
  readonly linux: Buffer;
  /** A cpio archive, compressed or not. */
  readonly initrd: Buffer;
  readonly osRelease: string;
  readonly commandLine: string;
  /** The kernel's release, as `uname -r` says it. */
  readonly kernelRelease: string;
}

/** Sections begin on pages in memory, whatever smaller alignment an old stub states. */
const PAGE_BYTES = 4096;
const MAX_IMAGE_BYTES = 0xffff_ffff;

const CNT_CODE = 0x0000_0020;
const CNT_INITIALIZED_DATA = 0x0000_0040;
const MEM_READ = 0x4000_0000;

interface NewSection {
  readonly name: string;
  readonly content: Buffer;
  readonly characteristics: number;
}

/**
 * A unified kernel image (UAPI Unified Kernel Image specification): the stub with the sections `.osrel`, `.cmdline`, `.uname`,
 * `.linux` and `.initrd` appended in this order, and its `.sbat` joined with the kernel's. Each section's VirtualSize is its
 * exact size, because the stub hands that many bytes on. Deterministic; the same bytes as `ukify` of systemd 257.
 *
 * Throws `boot-image-invalid` when the stub is signed, has no room for the section headers, or is for another machine.
 */
export function buildUki(parts: UkiParts): Buffer {
  const stub = parsePe(parts.stub);
  const kernel = parsePeHeaders(parts.linux);
  checkStub(stub, kernel);
  const data = (name: string, content: Buffer): NewSection => ({
    name,
    content,
    characteristics: CNT_INITIALIZED_DATA | MEM_READ,
  });
  const added = [
    data('.osrel', Buffer.from(parts.osRelease)),
    data('.cmdline', Buffer.from(parts.commandLine)),
    data('.uname', Buffer.from(parts.kernelRelease)),
    { name: '.linux', content: parts.linux, characteristics: CNT_CODE | MEM_READ },
    data('.initrd', parts.initrd),
  ];
  checkHeaderRoom(stub, added);

  const stubEnd = contentEnd(stub);
  const placed = place(stub, stubEnd, added);
  const last = placed.at(-1)!.section;
  const image = Buffer.alloc(last.rawOffset + last.rawSize);
  if (image.length > MAX_IMAGE_BYTES)
    throw invalid('the boot image would be larger than 4 GiB', 'Make the initrd smaller.');
  // What follows the stub's last section is a table of symbols, which would lie between sections: signatures would not cover it.
  parts.stub.copy(image, 0, 0, stubEnd);
  for (const [index, { section, content }] of placed.entries()) {
    content.copy(image, section.rawOffset);
    writeSectionHeader(image, stub.sectionTableOffset + (stub.sectionCount + index) * SECTION_HEADER_BYTES, section);
  }
  writeSbat(image, stub, parts.linux);
  writeHeaders(image, stub, kernel, placed);
  return image;
}

function checkStub(stub: PeImage, kernel: PeHeaders): void {
  if (stub.signed)
    throw invalid('the stub is signed already', 'Use the unsigned linux*.efi.stub; the whole image is signed.');
  if (stub.subsystem !== SUBSYSTEM_EFI_APPLICATION) {
    throw invalid('the stub is not an EFI application', 'Use linux*.efi.stub of the package systemd-boot-efi.');
  }
  if (stub.machine !== kernel.machine) {
    throw invalid(
      `the stub is for machine ${hex(stub.machine)} and the kernel for ${hex(kernel.machine)}`,
      'Take both from packages of the same architecture.',
    );
  }
}

function checkHeaderRoom(stub: PeImage, added: readonly NewSection[]): void {
  for (const { name, content } of added) {
    if (content.length === 0) throw invalid(`the section ${name} would be empty`, 'Give it content.');
    if (stub.sections.some((section) => section.name === name)) {
      throw invalid(`the stub has a section ${name} already`, 'Use a stub, not a finished boot image.');
    }
  }
  const free = stub.sizeOfHeaders - (stub.sectionTableOffset + stub.sectionCount * SECTION_HEADER_BYTES);
  const room = Math.floor(free / SECTION_HEADER_BYTES);
  if (room < added.length) {
    throw invalid(
      `the stub has room for ${room} more sections, ${added.length} are needed`,
      'Use the stub of systemd 252 or later.',
    );
  }
}

function place(
  stub: PeImage,
  stubEnd: number,
  added: readonly NewSection[],
): { readonly section: PeSection; readonly content: Buffer }[] {
  const memoryAlignment = Math.max(stub.sectionAlignment, PAGE_BYTES);
  let memory = memoryEnd(stub.sections.at(-1));
  let file = stubEnd;
  return added.map(({ name, content, characteristics }) => {
    const section: PeSection = {
      name,
      virtualAddress: alignUp(memory, memoryAlignment),
      virtualSize: content.length,
      rawOffset: alignUp(file, stub.fileAlignment),
      rawSize: alignUp(content.length, stub.fileAlignment),
      characteristics,
    };
    memory = memoryEnd(section);
    file = section.rawOffset + section.rawSize;
    return { section, content };
  });
}

function writeSectionHeader(image: Buffer, at: number, section: PeSection): void {
  image.fill(0, at, at + SECTION_HEADER_BYTES);
  image.write(section.name, at + SECTION.name, SECTION.nameBytes, 'latin1');
  image.writeUInt32LE(section.virtualSize, at + SECTION.virtualSize);
  image.writeUInt32LE(section.virtualAddress, at + SECTION.virtualAddress);
  image.writeUInt32LE(section.rawSize, at + SECTION.rawSize);
  image.writeUInt32LE(section.rawOffset, at + SECTION.rawOffset);
  image.writeUInt32LE(section.characteristics, at + SECTION.characteristics);
}

/**
 * Joins the kernel's revocation entries to the stub's, in the stub's own section: shim reads it there. The stub of systemd 252 has
 * no room to grow; it keeps its own entries, which is enough as long as the kernel has none.
 */
function writeSbat(image: Buffer, stub: PeImage, linux: Buffer): void {
  const index = stub.sections.findIndex(({ name }) => name === '.sbat');
  const section = stub.sections[index];
  const kernelSbat = findKernelSbat(linux);
  if (section === undefined) throw invalid('the stub has no section .sbat', 'Use the stub of systemd 252 or later.');
  const merged = mergeSbat(sectionContent(image, section), kernelSbat);
  const next = stub.sections[index + 1]?.virtualAddress ?? section.virtualAddress + section.rawSize;
  const room = Math.min(section.rawSize, next - section.virtualAddress);
  if (merged.length <= room) {
    image.fill(0, section.rawOffset, section.rawOffset + section.rawSize);
    merged.copy(image, section.rawOffset);
    image.writeUInt32LE(merged.length, stub.sectionTableOffset + index * SECTION_HEADER_BYTES + SECTION.virtualSize);
  } else if (kernelSbat.length > 0) {
    throw invalid(
      `the stub’s section .sbat has room for ${room} bytes, ${merged.length} are needed`,
      'Use the stub of systemd 254 or later.',
    );
  }
}

function writeHeaders(
  image: Buffer,
  stub: PeImage,
  kernel: PeHeaders,
  placed: readonly { readonly section: PeSection }[],
): void {
  const optional = stub.optionalOffset;
  const imageEnd = alignUp(memoryEnd(placed.at(-1)!.section), stub.sectionAlignment);
  const addedBytes = placed.reduce((sum, { section }) => sum + section.virtualSize, 0);
  const dataBytes = image.readUInt32LE(optional + OPTIONAL.sizeOfInitializedData) + addedBytes;
  image.writeUInt16LE(stub.sectionCount + placed.length, stub.coffOffset + COFF.sectionCount);
  image.writeUInt32LE(dataBytes, optional + OPTIONAL.sizeOfInitializedData);
  image.writeUInt32LE(imageEnd, optional + OPTIONAL.sizeOfImage);
  // Firmware ignores the checksum, and signatures do not cover it.
  image.writeUInt32LE(0, optional + OPTIONAL.checksum);
  image.writeUInt32LE(0, stub.coffOffset + COFF.symbolTable);
  image.writeUInt32LE(0, stub.coffOffset + COFF.symbolCount);
  // A kernel that is not made for non-executable data would crash firmware that enforces the stub's promise.
  const nx = kernel.dllCharacteristics & NX_COMPAT ? NX_COMPAT : 0;
  image.writeUInt16LE(
    (stub.dllCharacteristics & ~NX_COMPAT) | (stub.dllCharacteristics & nx),
    optional + OPTIONAL.dllCharacteristics,
  );
}

function memoryEnd(section: PeSection | undefined): number {
  return section === undefined ? PAGE_BYTES : section.virtualAddress + section.virtualSize;
}

function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function invalid(what: string, hint: string): AshlarError {
  return new AshlarError('boot-image-invalid', what, { hint });
}
