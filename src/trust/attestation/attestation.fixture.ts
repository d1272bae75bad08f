import { sha256 } from '../../model/digest.ts';
import type { PreflightReport } from '../../model/preflight-report.ts';
import type { Signer } from '../keys/signer.ts';
import { transientSigner } from '../keys/transient-signer.ts';

/** A key that is thrown away. */
export function testSigner(): Signer {
  return transientSigner();
}

/** A report in which everything passed that could be tried. */
export const REPORT: PreflightReport = {
  release: { name: 'web', version: '2.0.0', manifest: sha256('manifest 2') },
  previous: { version: '1.0.0', manifest: sha256('manifest 1') },
  finished: 1_800_000_000,
  trials: [
    {
      name: 'boot',
      outcome: 'passed',
      reason: 'up after 20 s',
      seconds: 20.5,
      log: { sha256: sha256('log'), size: 3 },
    },
    { name: 'update', outcome: 'not-applicable', reason: 'it has no agent', seconds: 0 },
  ],
};
