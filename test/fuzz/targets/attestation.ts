import { REPORT } from '../../../src/trust/attestation/attestation.fixture.ts';
import { parseEnvelope } from '../../../src/trust/attestation/parse-envelope.ts';
import {
  parsePreflightStatement,
  preflightStatementBytes,
} from '../../../src/trust/attestation/preflight-statement.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const SIGNATURE = { keyid: 'k', sig: Buffer.alloc(64, 1).toString('base64') };

/** The attestation of a preflight: the envelope, and the statement in it as one would read it that is signed. */
const target: FuzzTarget = {
  name: 'attestation',
  seeds: () => [
    Buffer.from(
      JSON.stringify({
        payload: preflightStatementBytes(REPORT).toString('base64'),
        payloadType: 'application/vnd.in-toto+json',
        signatures: [SIGNATURE],
      }),
    ),
    preflightStatementBytes(REPORT),
  ],
  run(input) {
    if (input[0] === '{'.charCodeAt(0) && input.includes('"payload"')) {
      parsePreflightStatement(parseEnvelope(input).payload);
    } else {
      parsePreflightStatement(input);
    }
  },
};

export default target;
