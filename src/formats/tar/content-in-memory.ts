import { hash } from 'node:crypto';
import type { Sha256 } from '../../model/digest.ts';
import type { FileContent } from '../../model/tree.ts';

/** Collects a file's bytes in memory. The buffer grows with what arrives, so that a size that lies costs nothing. */
export async function contentInMemory(_size: number, data: AsyncIterable<Buffer>): Promise<FileContent> {
  const parts: Buffer[] = [];
  for await (const part of data) parts.push(part);
  // A part is a piece of a larger chunk of the stream: `concat` copies it out.
  const bytes = Buffer.concat(parts);
  return { kind: 'bytes', size: bytes.length, digest: hash('sha256', bytes, 'hex') as Sha256, bytes };
}
