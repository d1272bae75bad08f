import type { Release } from '../../engine/generation.ts';
import { sha256 } from '../../model/digest.ts';
import { type Manifest, parseManifest } from '../../model/manifest.ts';
import { corruptFile, incompleteFile } from '../../store/transport/repository-errors.ts';
import type { RepositoryReader } from '../../store/transport/repository-reader.ts';

/**
 * The manifest of a release: the very bytes that the signed metadata name (TUF 5.7). Throws `repository-incomplete`, `repository-corrupt`,
 * `manifest-invalid`, and what the reader throws.
 */
export async function fetchManifest(
  reader: RepositoryReader,
  { manifest: { path, length, sha256: expected } }: Release,
  signal: AbortSignal,
): Promise<{ readonly bytes: Buffer; readonly manifest: Manifest }> {
  const bytes = await reader.read(path, { maxBytes: length, signal });
  if (bytes === undefined) throw incompleteFile(reader.describe(), path, 'it is not there');
  if (bytes.length !== length || sha256(bytes) !== expected) {
    throw corruptFile(reader.describe(), path, 'it is not the file that the signed metadata name');
  }
  return { bytes, manifest: parseManifest(bytes) };
}
