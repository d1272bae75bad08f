import { isSha256, type Sha256 } from '../../model/digest.ts';

/** Algorithm and value (image-spec, descriptor.md, “Digests”): the grammar, whatever the algorithm. */
const DIGEST = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;
const SHA512 = /^sha512:[0-9a-f]{128}$/;
/** Longer than any registered digest, sha512's 135 characters. */
const MAX_DIGEST_CHARACTERS = 256;

/** What a text that should be a digest is. */
export type DigestText =
  | { readonly kind: 'sha256'; readonly digest: Sha256 }
  | { readonly kind: 'refused'; readonly why: string };

/**
 * Reads `sha256:<64 digits>`. Other algorithms are well formed and refused: the store names its objects by SHA-256, and a second name for the same bytes would have to be
 * trusted from somewhere.
 */
export function parseImageDigest(text: string): DigestText {
  const refused = (why: string): DigestText => ({ kind: 'refused', why });
  if (text.length > MAX_DIGEST_CHARACTERS) return refused('a digest is shorter');
  if (text.startsWith('sha256:')) {
    const digest = text.slice('sha256:'.length);
    return isSha256(digest) ? { kind: 'sha256', digest } : refused('SHA-256 has 64 lower-case hexadecimal digits');
  }
  if (SHA512.test(text)) return refused('SHA-512 is not supported, only SHA-256 is');
  if (DIGEST.test(text)) return refused('its algorithm is not supported, only SHA-256 is');
  return refused('a digest reads sha256:<64 hexadecimal digits>');
}

/** The digest as registries, manifests and references write it. */
export function imageDigestText(digest: Sha256): string {
  return `sha256:${digest}`;
}
