import { AshlarError } from '../../model/error.ts';
import { CERTIFICATE_ALIGNMENT, certificateTable, directoryOffset, paddingAfter } from './image-digest.ts';
import { parsePe } from './parse-pe.ts';

/** `WIN_CERTIFICATE` (UEFI 2.10 §32.2.4): length, revision, type, then the signature. */
const CERTIFICATE_HEADER_BYTES = 8;
const CERTIFICATE_REVISION = 0x0200;
const TYPE_PKCS_SIGNED_DATA = 0x0002;

/** Some signing programs add time stamps and chains of certificates; more than this is not looked at. */
const MAX_TABLE_BYTES = 256 * 1024;
/** An image may be signed by some; firmware tries them in order. */
const MAX_SIGNATURES = 16;

/**
 * The image with `signature` (PKCS #7, wrapped in `ContentInfo`) attached. Nothing else of it changes, not even its checksum, which
 * firmware ignores: without the signature it is what it was.
 *
 * Throws `boot-image-invalid` when the image is signed already.
 */
export function attachSignature(unsigned: Buffer, signature: Buffer): Buffer {
  const image = parsePe(unsigned);
  if (certificateTable(unsigned, image) !== undefined) {
    throw new AshlarError('boot-image-invalid', 'This boot image is signed already.', {
      hint: 'Sign the boot image of an unsigned release.',
    });
  }
  const at = unsigned.length + paddingAfter(unsigned.length);
  const length = CERTIFICATE_HEADER_BYTES + signature.length;
  const table = Buffer.alloc(length + paddingAfter(length));
  // The padding counts: firmware that rounds up and firmware that does not then see the same.
  table.writeUInt32LE(table.length, 0);
  table.writeUInt16LE(CERTIFICATE_REVISION, 4);
  table.writeUInt16LE(TYPE_PKCS_SIGNED_DATA, 6);
  signature.copy(table, CERTIFICATE_HEADER_BYTES);
  const signed = Buffer.concat([unsigned, Buffer.alloc(at - unsigned.length), table]);
  const directory = directoryOffset(signed, image);
  signed.writeUInt32LE(at, directory);
  signed.writeUInt32LE(table.length, directory + 4);
  return signed;
}

/**
 * The image without its signatures: what was signed, if it ended where a signature may begin, as boot images do. An unsigned image
 * comes back as it is. Throws `boot-image-invalid`.
 */
export function withoutSignatures(bytes: Buffer): Buffer {
  const image = parsePe(bytes);
  const table = certificateTable(bytes, image);
  if (table === undefined) return bytes;
  const unsigned = Buffer.from(bytes.subarray(0, table.offset));
  unsigned.fill(0, directoryOffset(unsigned, image), directoryOffset(unsigned, image) + 8);
  return unsigned;
}

/** The PKCS #7 signatures of the image, in the order in which firmware tries them; what is of another kind is left out. Throws `boot-image-invalid`. */
export function imageSignatures(bytes: Buffer): Buffer[] {
  const table = certificateTable(bytes, parsePe(bytes));
  if (table === undefined) return [];
  const end = table.offset + Math.min(table.size, MAX_TABLE_BYTES);
  const signatures: Buffer[] = [];
  let at = table.offset;
  for (let count = 0; count < MAX_SIGNATURES && at + CERTIFICATE_HEADER_BYTES <= end; count++) {
    const length = bytes.readUInt32LE(at);
    if (length <= CERTIFICATE_HEADER_BYTES || length > end - at) break;
    const isPkcs =
      bytes.readUInt16LE(at + 4) === CERTIFICATE_REVISION && bytes.readUInt16LE(at + 6) === TYPE_PKCS_SIGNED_DATA;
    if (isPkcs) signatures.push(bytes.subarray(at + CERTIFICATE_HEADER_BYTES, at + length));
    at += Math.ceil(length / CERTIFICATE_ALIGNMENT) * CERTIFICATE_ALIGNMENT;
  }
  return signatures;
}
