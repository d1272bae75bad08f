/**
 * A name or path of a file system as bytes, one byte a UTF-16 code unit (latin1). File names are bytes, not text: kept this way
 * nothing is lost, `<` compares as `memcmp` does, and they serve as keys of a Map. Text crosses into it only through the
 * functions below, so that the compiler catches a path that was not converted.
 */
export type ByteString = string & { readonly __brand: 'ByteString' };

/** The UTF-8 bytes of `text`. */
export function bytesOf(text: string): ByteString {
  return Buffer.from(text, 'utf8').toString('latin1') as ByteString;
}

/** `buffer`'s bytes as they are. */
export function byteString(buffer: Uint8Array): ByteString {
  return Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength).toString('latin1') as ByteString;
}

/** The bytes of `bytes` in a buffer. */
export function toBuffer(bytes: ByteString): Buffer {
  return Buffer.from(bytes, 'latin1');
}

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\]/gu;

/** For showing: decoded as UTF-8 with anything a terminal should not see, and what is not UTF-8, escaped as `\xNN`. */
export function display(bytes: ByteString): string {
  const buffer = toBuffer(bytes);
  const text = buffer.toString('utf8');
  const escapeByte = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`;
  if (Buffer.from(text, 'utf8').equals(buffer)) {
    return text.replace(UNPRINTABLE, (char) => [...Buffer.from(char, 'utf8')].map(escapeByte).join(''));
  }
  return [...buffer]
    .map((byte) => (byte >= 0x20 && byte < 0x7f && byte !== 0x5c ? String.fromCharCode(byte) : escapeByte(byte)))
    .join('');
}
