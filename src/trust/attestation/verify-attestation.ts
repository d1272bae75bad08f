import type { Sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import type { PreflightReport } from '../../model/preflight-report.ts';
import { openEnvelope, type Signatories } from './open-envelope.ts';
import { parsePreflightStatement } from './preflight-statement.ts';
import { IN_TOTO_PAYLOAD_TYPE } from './statement.ts';

/** The release that an attestation must be about. */
export interface AttestedRelease {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of its manifest.json. */
  readonly manifest: Sha256;
}

/**
 * What the attestation of a preflight says, once it is known to be signed by who may sign it and to be about `release`: an honest
 * attestation of another release says nothing. Whether the release passed is for `preflightVerdict` to say of the report.
 *
 * @param bytes a DSSE envelope of an in-toto statement; from anywhere.
 * Throws `attestation-invalid`.
 */
export function verifyAttestation(
  bytes: Uint8Array,
  signatories: Signatories,
  release: AttestedRelease,
): PreflightReport {
  const report = parsePreflightStatement(openEnvelope(bytes, IN_TOTO_PAYLOAD_TYPE, signatories));
  const { name, version, manifest } = report.release;
  if (name === release.name && version === release.version && manifest === release.manifest) return report;
  throw new AshlarError(
    'attestation-invalid',
    `The attestation is about ${name} ${version} with the manifest ${manifest.slice(0, 12)}…, not about ${release.name} ${release.version} with ${release.manifest.slice(0, 12)}….`,
    { hint: 'The release was built anew since: run `ashlar preflight` for what it is now.' },
  );
}
