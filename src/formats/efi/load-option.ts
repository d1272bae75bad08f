import { swapGuid, type Uuid, uuidBytes, uuidFromBytes } from '../uuid.ts';

/** A program on a partition of a GPT disk that firmware can be told to start: `Boot####`. */
export interface LoadOption {
  /** What firmware shows. */
  readonly description: string;
  readonly partition: {
    /** From 1. */
    readonly number: number;
    readonly uuid: Uuid;
    /** In sectors. */
    readonly start: number;
    readonly sectors: number;
  };
  /** From the root of the partition, with slashes. */
  readonly path: string;
}

/** `LOAD_OPTION_ACTIVE` (UEFI 2.10 §3.1.3): the option is tried when its turn comes. */
const ACTIVE = 1;
const HEADER_BYTES = 6;
/** Media device paths (§10.3.5.1, §10.3.5.4) and the end of the whole path (§10.3.1). */
const MEDIA = 4;
const HARD_DRIVE = { subtype: 1, bytes: 42 } as const;
const FILE_PATH = 4;
const END = Buffer.from([0x7f, 0xff, 4, 0]);
const GPT_FORMAT = 2;
const SIGNATURE_IS_GUID = 2;
/** Longer than any that firmware keeps. */
const MAX_BYTES = 4096;

/** The value of a `Boot####` variable (UEFI 2.10 §3.1.3). */
export function encodeLoadOption({ description, partition, path }: LoadOption): Buffer {
  const drive = Buffer.alloc(HARD_DRIVE.bytes);
  drive.set([MEDIA, HARD_DRIVE.subtype, HARD_DRIVE.bytes, 0]);
  drive.writeUInt32LE(partition.number, 4);
  drive.writeBigUInt64LE(BigInt(partition.start), 8);
  drive.writeBigUInt64LE(BigInt(partition.sectors), 16);
  swapGuid(uuidBytes(partition.uuid)).copy(drive, 24);
  drive.set([GPT_FORMAT, SIGNATURE_IS_GUID], 40);
  const name = text(`\\${path.replaceAll('/', '\\')}`);
  const file = Buffer.concat([Buffer.from([MEDIA, FILE_PATH, 0, 0]), name]);
  file.writeUInt16LE(file.length, 2);
  const devicePath = Buffer.concat([drive, file, END]);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(ACTIVE, 0);
  header.writeUInt16LE(devicePath.length, 4);
  return Buffer.concat([header, text(description), devicePath]);
}

/**
 * Reads the value of a `Boot####` variable, which firmware or anybody may have written. Undefined when it is anything but an active option of the form that
 * {@link encodeLoadOption} makes.
 */
export function parseLoadOption(bytes: Buffer): LoadOption | undefined {
  if (bytes.length < HEADER_BYTES + 2 || bytes.length > MAX_BYTES || bytes.readUInt32LE(0) !== ACTIVE) return undefined;
  const description = textAt(bytes, HEADER_BYTES);
  if (description === undefined) return undefined;
  const drive = bytes.subarray(HEADER_BYTES + 2 * (description.length + 1));
  const [type, subtype] = drive;
  if (type !== MEDIA || subtype !== HARD_DRIVE.subtype || drive.length < HARD_DRIVE.bytes + 4 + END.length)
    return undefined;
  const path = textAt(drive, HARD_DRIVE.bytes + 4);
  const [start, sectors] = [drive.readBigUInt64LE(8), drive.readBigUInt64LE(16)];
  if (path === undefined || start > Number.MAX_SAFE_INTEGER || sectors > Number.MAX_SAFE_INTEGER) return undefined;
  const option: LoadOption = {
    description,
    partition: {
      number: drive.readUInt32LE(4),
      uuid: uuidFromBytes(swapGuid(drive.subarray(24, 40))),
      start: Number(start),
      sectors: Number(sectors),
    },
    path: path.replace(/^\\/, '').replaceAll('\\', '/'),
  };
  // Whatever else it carries would be lost by writing it again: it is not ours then.
  return encodeLoadOption(option).equals(bytes) ? option : undefined;
}

function text(characters: string): Buffer {
  return Buffer.from(`${characters}\0`, 'utf16le');
}

/** The text from `at` to its zero; undefined when there is none. */
function textAt(bytes: Buffer, at: number): string | undefined {
  for (let end = at; end + 2 <= bytes.length; end += 2) {
    if (bytes.readUInt16LE(end) === 0) return bytes.toString('utf16le', at, end);
  }
  return undefined;
}
