import { sha256 } from '../../model/digest.ts';
import type { RepositoryReader } from '../../store/transport/repository-reader.ts';
import type { TrustedRelease } from '../../trust/client/trusted-release.ts';

/** The bytes of a release's manifest, or undefined when the repository does not have it as it is signed. */
export async function readManifestOf(
  repository: RepositoryReader,
  { manifest }: Pick<TrustedRelease, 'manifest'>,
): Promise<Buffer | undefined> {
  const bytes = await repository.read(manifest.path, { maxBytes: manifest.length });
  return bytes !== undefined && sha256(bytes) === manifest.sha256 ? bytes : undefined;
}
