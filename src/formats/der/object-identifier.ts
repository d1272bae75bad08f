const MORE = 0x80;

/** The contents of an OBJECT IDENTIFIER (ITU-T X.690 §8.19) for `dotted`, as `2.16.840.1.101.3.4.2.1`. */
export function objectIdentifierBytes(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return Buffer.from([first * 40 + second, ...rest].flatMap(base128));
}

/** Seven bits a byte, the highest first; all but the last have the top bit set. */
function base128(arc: number): number[] {
  const bytes = [arc % MORE];
  for (let left = Math.floor(arc / MORE); left > 0; left = Math.floor(left / MORE)) bytes.unshift((left % MORE) | MORE);
  return bytes;
}
