import { imageDigestText } from '../../formats/oci/image-digest.ts';
import type { Sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';

/** `place` has no image or content of the name `what`. */
export function containerGone(place: string, what: string): AshlarError {
  return new AshlarError('container-gone', `${place} has no ${what}.`, {
    hint: 'Check the name, or push the image again: the same bytes have the same digest.',
  });
}

/** `place` gave something else for `digest`. `why` follows a colon. */
export function containerCorrupt(place: string, digest: Sha256, why: string): AshlarError {
  return new AshlarError('container-corrupt', `What ${place} gave for ${imageDigestText(digest)} is not it: ${why}.`, {
    hint: 'Try again; if it stays, push the image again, or tell who runs the registry.',
  });
}

/** The directory or archive `place` is no image layout. `why` follows a colon. */
export function archiveInvalid(
  place: string,
  why: string,
  options: { hint?: string; cause?: unknown } = {},
): AshlarError {
  return new AshlarError('container-archive-invalid', `${place} cannot be used as an OCI image: ${why}.`, {
    hint: options.hint ?? 'Write it again: skopeo copy docker://registry/name:tag oci-archive:image.oci.tar',
    cause: options.cause,
  });
}
