import { objectIdentifierBytes } from './object-identifier.ts';
import { DER_TAG } from './tags.ts';

/** One DER value: `tag`, the length in its shortest form, and the contents one after the other (ITU-T X.690 §8.1, §10.1). */
export function derValue(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthBytes(content.length), content]);
}

export function derSequence(...items: readonly Uint8Array[]): Buffer {
  return derValue(DER_TAG.sequence, ...items);
}

/** A SET OF: its members are in the ascending order of their encodings (X.690 §11.6). */
export function derSet(...items: readonly Uint8Array[]): Buffer {
  return derValue(DER_TAG.set, ...[...items].sort(Buffer.compare));
}

/** A whole number that is not negative; bytes are taken as big-endian. */
export function derInteger(value: number | Uint8Array): Buffer {
  const bytes = typeof value === 'number' ? bigEndian(value) : value;
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const shortest = bytes.subarray(start);
  // The first bit is the sign.
  const sign = (shortest[0] ?? 0) >= 0x80 || shortest.length === 0 ? Buffer.alloc(1) : Buffer.alloc(0);
  return derValue(DER_TAG.integer, sign, shortest);
}

export function derBoolean(value: boolean): Buffer {
  return derValue(DER_TAG.boolean, Buffer.from([value ? 0xff : 0]));
}

export function derNull(): Buffer {
  return derValue(DER_TAG.null);
}

/** `dotted` as `1.2.840.113549`. */
export function derObjectIdentifier(dotted: string): Buffer {
  return derValue(DER_TAG.objectIdentifier, objectIdentifierBytes(dotted));
}

export function derOctetString(bytes: Uint8Array): Buffer {
  return derValue(DER_TAG.octetString, bytes);
}

/** A bit string of whole bytes, or with `unusedBits` of the last one left over. */
export function derBitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return derValue(DER_TAG.bitString, Buffer.from([unusedBits]), bytes);
}

export function derUtf8String(text: string): Buffer {
  return derValue(DER_TAG.utf8String, Buffer.from(text));
}

/** A time of X.509: two digits of the year until 2049, four from then on (RFC 5280 §4.1.2.5). Fractions of a second are cut off. */
export function derTime(at: Date): Buffer {
  const digits = `${at.toISOString().slice(0, 19).replace(/[-T:]/g, '')}Z`;
  return at.getUTCFullYear() < 2050
    ? derValue(DER_TAG.utcTime, Buffer.from(digits.slice(2)))
    : derValue(DER_TAG.generalizedTime, Buffer.from(digits));
}

/** `content` under the context-specific constructed tag `[number]`: explicit around a whole value, implicit around its contents. */
export function derContext(number: number, ...contents: readonly Uint8Array[]): Buffer {
  return derValue(DER_TAG.contextConstructed | number, ...contents);
}

function lengthBytes(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes = bigEndian(length);
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

function bigEndian(value: number): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
}
