import assert from 'node:assert/strict';
import test from 'node:test';
import { sha256 } from '../../model/digest.ts';
import type { PreflightReport } from '../../model/preflight-report.ts';
import { REPORT, testSigner } from './attestation.fixture.ts';
import { preflightStatement, preflightStatementBytes } from './preflight-statement.ts';
import { signAttestation } from './sign-attestation.ts';
import { signEnvelope } from './sign-envelope.ts';
import { IN_TOTO_PAYLOAD_TYPE, PREFLIGHT_EXTENSION } from './statement.ts';
import { verifyAttestation } from './verify-attestation.ts';

const signer = testSigner();
const TRUSTED = { keys: [signer.key], threshold: 1 };
const REFUSED = { code: 'attestation-invalid' };

test('what was signed is what comes out', async () => {
  const bytes = await signAttestation(REPORT, [signer]);
  assert.deepEqual(verifyAttestation(bytes, TRUSTED, REPORT.release), REPORT);
});

test('the statement is one that other tools read', () => {
  const { predicate, subject, ...rest } = preflightStatement(REPORT);
  assert.deepEqual(rest, {
    _type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
  });
  assert.deepEqual(subject, [
    { name: 'releases/web/2.0.0/manifest.json', digest: { sha256: REPORT.release.manifest } },
  ]);
  const { result, passedTests, warnedTests, failedTests } = predicate;
  assert.deepEqual(
    { result, passedTests, warnedTests, failedTests },
    { result: 'PASSED', passedTests: ['boot'], warnedTests: ['update'], failedTests: [] },
  );
});

test('a failure is FAILED; one that was overruled is WARNED, and says so', async () => {
  const failed: PreflightReport = {
    ...REPORT,
    trials: [{ name: 'boot', outcome: 'failed', reason: 'it panicked', seconds: 3 }],
  };
  assert.equal(preflightStatement(failed).predicate.result, 'FAILED');
  const overruled = { ...failed, skipped: 'the laboratory burns' };
  const { result, warnedTests, failedTests } = preflightStatement(overruled).predicate;
  assert.deepEqual([result, warnedTests, failedTests], ['WARNED', ['boot'], []]);
  const bytes = await signAttestation(overruled, [signer]);
  assert.equal(verifyAttestation(bytes, TRUSTED, REPORT.release).skipped, 'the laboratory burns');
});

test('an attestation of another release is none of this', async () => {
  const bytes = await signAttestation(REPORT, [signer]);
  for (const other of [{ name: 'mail' }, { version: '3.0.0' }, { manifest: sha256('manifest 3') }]) {
    assert.throws(() => verifyAttestation(bytes, TRUSTED, { ...REPORT.release, ...other }), REFUSED);
  }
});

/** Statements that are signed by who may, and are none of ours. */
const STRANGE: readonly (readonly [string, (statement: ReturnType<typeof preflightStatement>) => unknown])[] = [
  ['provenance', (statement) => ({ ...statement, predicateType: 'https://slsa.dev/provenance/v1' })],
  [
    'a result that the report does not bear out',
    (statement) => ({
      ...statement,
      predicate: { ...statement.predicate, passedTests: ['boot', 'update'], warnedTests: [] },
    }),
  ],
  [
    'a subject that the report does not name',
    (statement) => ({
      ...statement,
      subject: [{ ...statement.subject[0], digest: { sha256: sha256('other') } }],
    }),
  ],
  ['two subjects', (statement) => ({ ...statement, subject: [...statement.subject, ...statement.subject] })],
  [
    'a report without trials',
    (statement) => ({
      ...statement,
      predicate: { ...statement.predicate, [PREFLIGHT_EXTENSION]: { ...REPORT, trials: undefined } },
    }),
  ],
  [
    'no report',
    (statement) => ({
      ...statement,
      predicate: { ...statement.predicate, [PREFLIGHT_EXTENSION]: undefined },
    }),
  ],
  ['a number', () => 7],
];

for (const [name, change] of STRANGE) {
  test(`refuses ${name}`, async () => {
    const payload = Buffer.from(JSON.stringify(change(preflightStatement(REPORT))));
    const bytes = await signEnvelope(IN_TOTO_PAYLOAD_TYPE, payload, [signer]);
    assert.throws(() => verifyAttestation(bytes, TRUSTED, REPORT.release), REFUSED);
  });
}

test('a payload that is not JSON is refused, and unknown fields of the standard are passed over', async () => {
  const garbage = await signEnvelope(IN_TOTO_PAYLOAD_TYPE, Buffer.from('{'), [signer]);
  assert.throws(() => verifyAttestation(garbage, TRUSTED, REPORT.release), REFUSED);
  const statement: unknown = JSON.parse(preflightStatementBytes(REPORT).toString());
  assert.ok(typeof statement === 'object');
  const extended = Buffer.from(JSON.stringify({ ...statement, 'urn:else:where': 1 }));
  const bytes = await signEnvelope(IN_TOTO_PAYLOAD_TYPE, extended, [signer]);
  assert.deepEqual(verifyAttestation(bytes, TRUSTED, REPORT.release), REPORT);
});
