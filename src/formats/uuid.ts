import { AshlarError } from '../model/error.ts';

/** A UUID as text: 36 characters, lower case (RFC 9562). */
export type Uuid = string & { readonly __brand: 'Uuid' };

export const UUID_BYTES = 16;
export const NIL_UUID = '00000000-0000-0000-0000-000000000000' as Uuid;

const UUID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True when `text` has the form of a {@link Uuid}. */
export function isUuid(text: string): text is Uuid {
  return UUID_TEXT.test(text);
}

/** `text`, in either case, as a {@link Uuid}. Throws `usage` when it is none. */
export function uuid(text: string): Uuid {
  const lower = text.toLowerCase();
  if (isUuid(lower)) return lower;
  throw new AshlarError('usage', `“${text}” is not a UUID`, {
    hint: 'Write it as 8-4-4-4-12 hexadecimal digits, like 4f68bce3-e8cd-4db1-96e7-fbcaf984b709.',
  });
}

/** The 16 bytes in the order of the text (RFC 9562 §4), as file systems and dm-verity store them. */
export function uuidBytes(id: Uuid): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

/** The UUID of 16 `bytes` in the order of the text. */
export function uuidFromBytes(bytes: Uint8Array): Uuid {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, UUID_BYTES).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as Uuid;
}

/**
 * The 16 bytes as EFI stores them: the first three fields little-endian (UEFI 2.10, Appendix A). Its own inverse, so that it
 * serves reading as well.
 */
export function swapGuid(bytes: Uint8Array): Buffer {
  const swapped = Buffer.from(bytes.subarray(0, UUID_BYTES));
  swapped.subarray(0, 4).swap32();
  swapped.subarray(4, 6).swap16();
  swapped.subarray(6, 8).swap16();
  return swapped;
}
