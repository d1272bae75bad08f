import { AshlarError } from '../../model/error.ts';

/** A DER value, as views into the bytes it was read from. */
export interface DerValue {
  readonly tag: number;
  /** Without tag and length. */
  readonly content: Buffer;
  /** With tag and length. */
  readonly encoded: Buffer;
}

/** Four bytes of length: more than any signature or certificate has. */
const MAX_LENGTH_BYTES = 4;
const MULTI_BYTE_TAG = 0x1f;

/**
 * Reads the value at the beginning of `bytes`; what follows it is left. Only what DER allows is read: definite lengths in their
 * shortest form, so that two readers cannot see two values in the same bytes. Throws `signature-invalid`.
 */
export function readDer(bytes: Uint8Array): DerValue {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = view[0];
  const first = view[1];
  if (tag === undefined || first === undefined) throw invalid('it is cut off');
  if ((tag & MULTI_BYTE_TAG) === MULTI_BYTE_TAG) throw invalid('it has a tag of many bytes');
  const { length, start } = first < 0x80 ? { length: first, start: 2 } : longLength(view, first & 0x7f);
  if (length > view.length - start) throw invalid('it is cut off');
  return { tag, content: view.subarray(start, start + length), encoded: view.subarray(0, start + length) };
}

/** Reads `bytes` as exactly one value with this tag. Throws `signature-invalid`. */
export function readOneDer(bytes: Uint8Array, tag: number): DerValue {
  const value = readDer(bytes);
  if (value.encoded.length !== bytes.byteLength) throw invalid('something follows where it should end');
  return expectTag(value, tag);
}

/** The values inside of a constructed one, in order. Throws `signature-invalid`. */
export function derItems({ content }: Pick<DerValue, 'content'>): DerValue[] {
  const items: DerValue[] = [];
  for (let at = 0; at < content.length; ) {
    const item = readDer(content.subarray(at));
    items.push(item);
    at += item.encoded.length;
  }
  return items;
}

/** `value` when it is there and has this tag. Throws `signature-invalid`. */
export function expectTag(value: DerValue | undefined, tag: number): DerValue {
  if (value === undefined) throw invalid('a part is missing');
  if (value.tag !== tag) {
    throw invalid(`it has the tag 0x${value.tag.toString(16)} where 0x${tag.toString(16)} belongs`);
  }
  return value;
}

function longLength(view: Buffer, count: number): { readonly length: number; readonly start: number } {
  if (count === 0) throw invalid('it has an indefinite length');
  if (count > MAX_LENGTH_BYTES || view.length < 2 + count) throw invalid('its length is impossible');
  const length = view.readUIntBE(2, count);
  const shortest = length >= 0x80 && view[2] !== 0;
  if (!shortest) throw invalid('its length is not in the shortest form');
  return { length, start: 2 + count };
}

function invalid(why: string): AshlarError {
  return new AshlarError('signature-invalid', `A signature or certificate does not follow its format: ${why}.`, {
    hint: 'Expected is DER, as signing programs write it.',
  });
}
