import { COFF, OPTIONAL, PE_MACHINE, SECTION, SECTION_HEADER_BYTES, SUBSYSTEM_EFI_APPLICATION } from './on-disk.ts';

/** What {@link samplePe} makes. */
export interface SamplePe {
  readonly machine?: number;
  readonly dllCharacteristics?: number;
  /** Bytes of headers; decides how many sections can be added. */
  readonly headerBytes?: number;
  readonly signed?: boolean;
  readonly sections: readonly { readonly name: string; readonly content: Buffer }[];
}

const COFF_OFFSET = 0x44;
const OPTIONAL_BYTES = 0xf0;
const FILE_ALIGNMENT = 0x200;
const MEMORY_ALIGNMENT = 0x1000;

/** A small valid PE32+ image for tests: headers as systemd's stub has them and the given sections, one page each. */
export function samplePe(sample: SamplePe): Buffer {
  const headerBytes = sample.headerBytes ?? 0x600;
  const optional = COFF_OFFSET + COFF.bytes;
  const image = Buffer.alloc(headerBytes + sample.sections.length * FILE_ALIGNMENT);
  image.write('MZ', 0, 'latin1');
  image.writeUInt32LE(COFF_OFFSET - 4, 0x3c);
  image.write('PE', COFF_OFFSET - 4, 'latin1');
  image.writeUInt16LE(sample.machine ?? PE_MACHINE.amd64, COFF_OFFSET + COFF.machine);
  image.writeUInt16LE(sample.sections.length, COFF_OFFSET + COFF.sectionCount);
  image.writeUInt16LE(OPTIONAL_BYTES, COFF_OFFSET + COFF.optionalBytes);
  image.writeUInt16LE(0x20b, optional + OPTIONAL.magic);
  image.writeUInt32LE(MEMORY_ALIGNMENT, optional + OPTIONAL.sectionAlignment);
  image.writeUInt32LE(FILE_ALIGNMENT, optional + OPTIONAL.fileAlignment);
  image.writeUInt32LE((sample.sections.length + 1) * MEMORY_ALIGNMENT, optional + OPTIONAL.sizeOfImage);
  image.writeUInt32LE(headerBytes, optional + OPTIONAL.sizeOfHeaders);
  image.writeUInt16LE(SUBSYSTEM_EFI_APPLICATION, optional + OPTIONAL.subsystem);
  image.writeUInt16LE(sample.dllCharacteristics ?? 0x160, optional + OPTIONAL.dllCharacteristics);
  image.writeUInt32LE(16, optional + OPTIONAL.directoryCount);
  if (sample.signed) image.writeUInt32LE(0x1000, optional + OPTIONAL.certificateDirectory);
  for (const [index, { name, content }] of sample.sections.entries()) {
    const at = optional + OPTIONAL_BYTES + index * SECTION_HEADER_BYTES;
    const rawOffset = headerBytes + index * FILE_ALIGNMENT;
    image.write(name, at, 8, 'latin1');
    image.writeUInt32LE(content.length, at + SECTION.virtualSize);
    image.writeUInt32LE((index + 1) * MEMORY_ALIGNMENT, at + SECTION.virtualAddress);
    image.writeUInt32LE(FILE_ALIGNMENT, at + SECTION.rawSize);
    image.writeUInt32LE(rawOffset, at + SECTION.rawOffset);
    content.copy(image, rawOffset);
  }
  return image;
}
