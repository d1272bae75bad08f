import type { PreflightReport } from '../../model/preflight-report.ts';
import type { Signer } from '../keys/signer.ts';
import { preflightStatementBytes } from './preflight-statement.ts';
import { signEnvelope } from './sign-envelope.ts';
import { IN_TOTO_PAYLOAD_TYPE } from './statement.ts';

/** The report of a preflight, signed: the bytes of a DSSE envelope of an in-toto statement, which is stored with the release. */
export function signAttestation(report: PreflightReport, signers: readonly Signer[]): Promise<Buffer> {
  return signEnvelope(IN_TOTO_PAYLOAD_TYPE, preflightStatementBytes(report), signers);
}
