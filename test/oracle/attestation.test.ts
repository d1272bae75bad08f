/** The envelopes of attestations, judged by securesystemslib, the reference implementation that TUF and in-toto share: ours by it, and its by us. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { REPORT, testSigner } from '../../src/trust/attestation/attestation.fixture.ts';
import { openEnvelope } from '../../src/trust/attestation/open-envelope.ts';
import { parseEnvelope } from '../../src/trust/attestation/parse-envelope.ts';
import { preflightStatementBytes } from '../../src/trust/attestation/preflight-statement.ts';
import { signAttestation } from '../../src/trust/attestation/sign-attestation.ts';
import { signEnvelope } from '../../src/trust/attestation/sign-envelope.ts';
import { IN_TOTO_PAYLOAD_TYPE } from '../../src/trust/attestation/statement.ts';
import { keyId, publicKeySchema } from '../../src/trust/keys/public-key.ts';
import { runInTrixie, trixieObstacle, trixieOutput } from './trixie.ts';

const skip = trixieObstacle() ?? false;

/** Reads keys, an envelope and a threshold; prints the payload when enough of the keys have signed it. */
const VERIFY = `
import json, sys
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey
given = json.load(sys.stdin)
keys = [SSlibKey.from_dict(key.pop("keyid"), key) for key in given["keys"]]
envelope = Envelope.from_dict(given["envelope"])
envelope.verify(keys, given["threshold"])
sys.stdout.buffer.write(envelope.payload)
`;

/** Signs standard input with a new key; prints key and envelope. */
const SIGN = `
import json, sys
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner
signer = CryptoSigner.generate_ed25519()
envelope = Envelope(sys.stdin.buffer.read(), "application/vnd.in-toto+json", {})
envelope.sign(signer)
print(json.dumps({"key": signer.public_key.to_dict(), "envelope": envelope.to_dict()}))
`;

const python = (script: string): string[] => ['python3', '-c', script];

test('it accepts what we sign, and only for enough of the keys', { skip }, async () => {
  const [one, two, stranger] = [testSigner(), testSigner(), testSigner()];
  const bytes = await signEnvelope(IN_TOTO_PAYLOAD_TYPE, preflightStatementBytes(REPORT), [one, two]);
  const given = (keys: (typeof one)[], threshold: number): Buffer =>
    Buffer.from(
      JSON.stringify({
        keys: keys.map(({ key }) => ({ ...key, keyid: keyId(key) })),
        envelope: JSON.parse(bytes.toString()),
        threshold,
      }),
    );
  const payload = trixieOutput(python(VERIFY), { input: given([one, two], 2) });
  assert.deepEqual(Buffer.from(payload), preflightStatementBytes(REPORT));
  assert.notEqual(runInTrixie(python(VERIFY), { input: given([one, stranger], 2) }).status, 0);
  assert.notEqual(runInTrixie(python(VERIFY), { input: given([stranger], 1) }).status, 0);
});

test('it refuses what was changed after we signed it', { skip }, async () => {
  const signer = testSigner();
  const bytes = await signAttestation(REPORT, [signer]);
  const { payload } = parseEnvelope(bytes);
  const changed = payload.toString().replace('PASSED', 'FAILED');
  const envelope = { ...JSON.parse(bytes.toString()), payload: Buffer.from(changed).toString('base64') };
  const keys = [{ ...signer.key, keyid: keyId(signer.key) }];
  const input = Buffer.from(JSON.stringify({ keys, envelope, threshold: 1 }));
  assert.notEqual(runInTrixie(python(VERIFY), { input }).status, 0);
});

test('we accept what it signs', { skip }, () => {
  const input = Buffer.from([...Buffer.from('{"é": "\u0000"}'), 0xff]);
  const { key, envelope } = JSON.parse(trixieOutput(python(SIGN), { input }));
  const trusted = { keys: [publicKeySchema.parse(key)], threshold: 1 };
  assert.deepEqual(openEnvelope(Buffer.from(JSON.stringify(envelope)), IN_TOTO_PAYLOAD_TYPE, trusted), input);
});
