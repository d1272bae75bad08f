import { AshlarError } from '../../model/error.ts';

/** A text from outside as a message may show it: escaped, and no longer than a line. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 128 ? `${text.slice(0, 128)}…` : text);
}

/** `text` names no container image. `why` follows a colon. */
export function referenceInvalid(text: string, why: string, hint: string): AshlarError {
  return new AshlarError('container-reference-invalid', `${quoted(text)} is not a container image: ${why}.`, { hint });
}

/** A document of an image does not follow its format. `what` is the document, `why` follows a colon. */
export function imageInvalid(what: string, why: string, cause?: unknown): AshlarError {
  return new AshlarError('container-image-invalid', `The ${what} of a container image cannot be used: ${why}.`, {
    hint: 'Build and push the image again, with a tool that follows the OCI image specification.',
    cause,
  });
}

/** Credentials that were given, or the file they are in, cannot be used. */
export function credentialsInvalid(what: string, why: string, cause?: unknown): AshlarError {
  return new AshlarError('registry-credentials-invalid', `${what} cannot be used: ${why}.`, {
    hint: 'Write the file with `podman login --authfile FILE REGISTRY`, which stores a name and a password.',
    cause,
  });
}
