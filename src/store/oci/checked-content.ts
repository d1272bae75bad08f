import { createHash } from 'node:crypto';
import { sha256 } from '../../model/digest.ts';
import { containerCorrupt } from './container-errors.ts';
import type { BlobDescriptor } from './image-source.ts';

/**
 * Passes `pieces` on while they fit `expected`, and throws `container-corrupt` as soon as they cannot any more: at the first byte too many, or in place of the end.
 */
export async function* checkedContent(
  pieces: AsyncIterable<Buffer>,
  expected: BlobDescriptor,
  place: string,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const bytes of pieces) {
    size += bytes.length;
    if (size > expected.size)
      throw containerCorrupt(place, expected.digest, `it is longer than ${expected.size} bytes`);
    hash.update(bytes);
    yield bytes;
  }
  if (size < expected.size) {
    throw containerCorrupt(place, expected.digest, `it ends after ${size} of ${expected.size} bytes`);
  }
  const digest = hash.digest('hex');
  if (digest !== expected.digest) throw containerCorrupt(place, expected.digest, `its SHA-256 is ${digest}`);
}

/** `bytes`, when their SHA-256 is `digest`; throws `container-corrupt` otherwise. */
export function checkedBytes(bytes: Buffer, digest: BlobDescriptor['digest'], place: string): Buffer {
  const found = sha256(bytes);
  if (found === digest) return bytes;
  throw containerCorrupt(place, digest, `its SHA-256 is ${found}`);
}

/** All of `pieces`; the caller bounds them. */
export async function joined(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const bytes of pieces) parts.push(bytes);
  return Buffer.concat(parts);
}
