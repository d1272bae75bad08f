import { AshlarError } from '../../model/error.ts';
import { swapGuid, type Uuid, uuidBytes } from '../uuid.ts';
import { SECURE_BOOT_ATTRIBUTES, SECURE_BOOT_VENDOR, type SecureBootVariable } from './secure-boot-variable.ts';

/** What a variable is to hold. */
export interface VariableUpdate {
  readonly variable: SecureBootVariable;
  /** Later than that of the update before, or the firmware refuses it. Whole seconds count. */
  readonly time: Date;
  /** Signature lists. */
  readonly data: Buffer;
}

const TIME_BYTES = 16;
/** `WIN_CERTIFICATE_UEFI_GUID` (UEFI 2.10 §32.2.4): length, revision, type, GUID. */
const CERTIFICATE_HEADER_BYTES = 24;
const CERTIFICATE_REVISION = 0x0200;
const TYPE_EFI_GUID = 0x0ef1;
const PKCS7 = '4aafd29d-68df-49ee-8aa9-347d375665a7' as Uuid;

/** The bytes whose signature makes `update` valid (UEFI 2.10 §8.2.6): name, vendor, attributes, time, data. */
export function variableSignedBytes({ variable, time, data }: VariableUpdate): Buffer {
  const attributes = Buffer.alloc(4);
  attributes.writeUInt32LE(SECURE_BOOT_ATTRIBUTES);
  return Buffer.concat([
    Buffer.from(variable, 'utf16le'),
    swapGuid(uuidBytes(SECURE_BOOT_VENDOR[variable])),
    attributes,
    timeBytes(time),
    data,
  ]);
}

/**
 * `EFI_VARIABLE_AUTHENTICATION_2` (UEFI 2.10 §8.2.6) and the data behind it: what `SetVariable` takes, and what a file `db.auth` holds.
 *
 * @param signature `SignedData` of PKCS #7 without content, not wrapped in `ContentInfo`.
 */
export function writeAuthenticatedVariable({ time, data }: VariableUpdate, signature: Buffer): Buffer {
  const header = Buffer.alloc(CERTIFICATE_HEADER_BYTES);
  header.writeUInt32LE(CERTIFICATE_HEADER_BYTES + signature.length, 0);
  header.writeUInt16LE(CERTIFICATE_REVISION, 4);
  header.writeUInt16LE(TYPE_EFI_GUID, 6);
  swapGuid(uuidBytes(PKCS7)).copy(header, 8);
  return Buffer.concat([timeBytes(time), header, signature, data]);
}

/** The signature lists in a file such as `db.auth`, whose signature is not looked at. Throws `signature-invalid`. */
export function authenticatedData(bytes: Buffer): Buffer {
  const length = bytes.length < TIME_BYTES + CERTIFICATE_HEADER_BYTES ? 0 : bytes.readUInt32LE(TIME_BYTES);
  if (length < CERTIFICATE_HEADER_BYTES || length > bytes.length - TIME_BYTES) {
    throw new AshlarError('signature-invalid', 'This is no signed variable of Secure Boot.', {
      hint: 'Expected is a file such as db.auth.',
    });
  }
  return bytes.subarray(TIME_BYTES + length);
}

/** The time that a file such as `db.auth` was made for. Throws `signature-invalid`. */
export function authenticatedTime(bytes: Buffer): Date {
  authenticatedData(bytes);
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = bytes.subarray(2, 7);
  return new Date(Date.UTC(bytes.readUInt16LE(0), month - 1, day, hour, minute, second));
}

/** `EFI_TIME` (UEFI 2.10 §8.3) in UTC; what is not needed is zero, as §8.2.6 wants it. */
function timeBytes(at: Date): Buffer {
  const bytes = Buffer.alloc(TIME_BYTES);
  bytes.writeUInt16LE(at.getUTCFullYear(), 0);
  bytes[2] = at.getUTCMonth() + 1;
  bytes[3] = at.getUTCDate();
  bytes[4] = at.getUTCHours();
  bytes[5] = at.getUTCMinutes();
  bytes[6] = at.getUTCSeconds();
  return bytes;
}
