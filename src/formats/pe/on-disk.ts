/** The `Machine` of a COFF header. */
export const PE_MACHINE = { amd64: 0x8664, arm64: 0xaa64 } as const;
export const SUBSYSTEM_EFI_APPLICATION = 10;
/** The image keeps code and writable data apart. */
export const NX_COMPAT = 0x0100;
export const SECTION_HEADER_BYTES = 40;

/** Offsets in the COFF header (Microsoft PE Format, “COFF File Header”). */
export const COFF = {
  machine: 0,
  sectionCount: 2,
  timestamp: 4,
  symbolTable: 8,
  symbolCount: 12,
  optionalBytes: 16,
  bytes: 20,
} as const;

/** Offsets in the optional header of PE32+ (“Optional Header”). */
export const OPTIONAL = {
  magic: 0,
  sizeOfInitializedData: 8,
  sectionAlignment: 32,
  fileAlignment: 36,
  sizeOfImage: 56,
  sizeOfHeaders: 60,
  checksum: 64,
  subsystem: 68,
  dllCharacteristics: 70,
  directoryCount: 108,
  directories: 112,
  certificateDirectory: 112 + 4 * 8,
} as const;

/** Offsets in a section header (“Section Table”). */
export const SECTION = {
  name: 0,
  nameBytes: 8,
  virtualSize: 8,
  virtualAddress: 12,
  rawSize: 16,
  rawOffset: 20,
  characteristics: 36,
} as const;
