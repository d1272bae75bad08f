/** Offsets in a GPT header (UEFI 2.10 §5.3.2, table 5-5). */
export const HEADER = {
  signature: 0,
  revision: 8,
  headerBytes: 12,
  headerCrc: 16,
  reserved: 20,
  myLba: 24,
  alternateLba: 32,
  firstUsable: 40,
  lastUsable: 48,
  diskUuid: 56,
  entriesLba: 72,
  entryCount: 80,
  entryBytes: 84,
  entriesCrc: 88,
} as const;

export const SIGNATURE = Buffer.from('EFI PART', 'latin1');
export const REVISION = 0x0001_0000;
export const HEADER_BYTES = 92;

/** Offsets in a partition entry (UEFI 2.10 §5.3.3, table 5-6). */
export const ENTRY = {
  type: 0,
  uuid: 16,
  firstLba: 32,
  lastLba: 40,
  attributes: 48,
  label: 56,
  labelBytes: 72,
} as const;

/** Offsets in the protective MBR (UEFI 2.10 §5.2.3, table 5-4). */
export const MBR = {
  partition: 446,
  bootIndicator: 446,
  startChs: 447,
  osType: 450,
  endChs: 451,
  startLba: 454,
  sectors: 458,
  signature: 510,
} as const;

export const MBR_SIGNATURE = 0xaa55;
export const GPT_PROTECTIVE = 0xee;
