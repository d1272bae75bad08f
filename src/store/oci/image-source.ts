import type { Descriptor } from '../../formats/oci/descriptor.ts';
import type { ImageReference } from '../../formats/oci/image-reference.ts';
import type { Sha256 } from '../../model/digest.ts';

/**
 * Where a container image is had from: a registry, a directory, an archive. What it gives has been hashed: it is what its digest says, and no longer than it may be. All
 * methods throw `container-gone` for what is not there, `container-corrupt` for what is something else, and the reason of `signal` when that is aborted; a registry throws
 * `registry-unreachable`, `registry-certificate-refused` and `registry-access-denied` as well, an archive `container-archive-invalid`.
 */
export interface ImageSource {
  /** The digest of the index or manifest that `reference` leads to now. One with a digest leads there, whatever its tag says. */
  resolve(reference: ImageReference, signal?: AbortSignal): Promise<Sha256>;
  /** The bytes of an index or manifest; at most 4 MiB are read. */
  manifest(digest: Sha256, signal?: AbortSignal): Promise<Buffer>;
  /**
   * The bytes of a blob in pieces. They are known to be right only once the last has come: it throws in place of the end when they are not. A connection that breaks is gone on with.
   */
  blob(descriptor: BlobDescriptor, signal?: AbortSignal): AsyncIterable<Buffer>;
  /** The place, for messages: never with a password. */
  describe(): string;
}

/** What a blob must be. */
export type BlobDescriptor = Pick<Descriptor, 'digest' | 'size'>;
