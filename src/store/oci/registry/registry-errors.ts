import { AshlarError } from '../../../model/error.ts';
import { isCertificateError } from '../../transport/http/http-exchange.ts';
import { RepositoryUnreachable } from '../../transport/repository-unreachable.ts';

/** What to throw for `error`, which came while the registry `place` was asked. */
export function registryError(error: unknown, place: string): unknown {
  if (!(error instanceof RepositoryUnreachable)) return error;
  const { cause, why, hint } = error;
  if (isCertificateError(cause)) {
    return new AshlarError('registry-certificate-refused', `The registry ${place} is not trusted: ${why}.`, {
      hint: `${hint} For a registry of your own give the certificate of its authority.`,
      cause,
    });
  }
  return new AshlarError('registry-unreachable', `The registry ${place} cannot be used: ${why}.`, {
    hint: 'Check the network and the address; what was received whole is kept.',
    cause,
  });
}

/** The registry `place` lets nobody, or not us, at the image. `why` follows a colon. */
export function accessDenied(place: string, why: string): AshlarError {
  return new AshlarError('registry-access-denied', `The registry ${place} does not give the image: ${why}.`, {
    hint: 'Log in with `podman login --authfile FILE REGISTRY` and name the file; check the name of the image as well.',
  });
}
