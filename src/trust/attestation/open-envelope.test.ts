import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import test from 'node:test';
import { testSigner } from './attestation.fixture.ts';
import { openEnvelope } from './open-envelope.ts';
import { MAX_ENVELOPE_BYTES, parseEnvelope } from './parse-envelope.ts';
import { preAuthenticationEncoding } from './pre-authentication-encoding.ts';
import { signEnvelope } from './sign-envelope.ts';

const TYPE = 'http://example.com/HelloWorld';
const BODY = Buffer.from('hello world');

/** The test vector of the DSSE v1 protocol, “Test Vectors”. */
const VECTOR = {
  payload: 'aGVsbG8gd29ybGQ=',
  payloadType: TYPE,
  signatures: [{ sig: 'A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==' }],
};

test('what is signed is what the specification signs', () => {
  assert.equal(preAuthenticationEncoding(TYPE, BODY).toString(), `DSSEv1 29 ${TYPE} 11 hello world`);
  assert.equal(preAuthenticationEncoding('é', Buffer.alloc(0)).toString(), 'DSSEv1 2 é 0 ');
  const coordinate = (value: bigint): string =>
    Buffer.from(value.toString(16).padStart(64, '0'), 'hex').toString('base64url');
  const key = createPublicKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: coordinate(46950820868899156662930047687818585632848591499744589407958293238635476079160n),
      y: coordinate(5640078356564379163099075877009565129882514886557779369047442380624545832820n),
    },
  });
  const { payloadType, payload, signatures } = parseEnvelope(Buffer.from(JSON.stringify(VECTOR)));
  const message = preAuthenticationEncoding(payloadType, payload);
  assert.ok(verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signatures[0]!.sig));
});

test('opens for enough of the keys, and for nobody else', async () => {
  const [one, two, stranger] = [testSigner(), testSigner(), testSigner()];
  const envelope = await signEnvelope(TYPE, BODY, [one, two]);
  const open = (keys: (typeof one)[], threshold: number): Buffer =>
    openEnvelope(envelope, TYPE, { keys: keys.map(({ key }) => key), threshold });
  assert.deepEqual(open([one, stranger], 1), BODY);
  assert.deepEqual(open([one, two, stranger], 2), BODY);
  const refused = { code: 'attestation-invalid' };
  assert.throws(() => open([stranger], 1), refused);
  assert.throws(() => open([one, stranger], 2), refused);
  assert.throws(() => open([], 1), refused);
  assert.throws(() => openEnvelope(envelope, 'text/plain', { keys: [one.key], threshold: 1 }), refused);
  assert.throws(() => open([one], 0), RangeError);
});

test('a key counts once, under however many names', async () => {
  const one = testSigner();
  const envelope = await signEnvelope(TYPE, BODY, [one, one]);
  const renamed = { ...one.key, keyval: { public: one.key.keyval.public.toUpperCase() } };
  assert.throws(() => openEnvelope(envelope, TYPE, { keys: [one.key, renamed], threshold: 2 }), {
    code: 'attestation-invalid',
  });
});

/** What an attacker changes, who has no key. */
const CHANGES: readonly (readonly [string, (envelope: typeof VECTOR) => unknown])[] = [
  ['the payload', (envelope) => ({ ...envelope, payload: Buffer.from('hello World').toString('base64') })],
  ['the type', (envelope) => ({ ...envelope, payloadType: `${TYPE}2` })],
  [
    'the bound of type and payload',
    (envelope) => ({ ...envelope, payloadType: `${TYPE} 11 hello`, payload: 'd29ybGQ=' }),
  ],
  ['no signatures', (envelope) => ({ ...envelope, signatures: [] })],
  [
    'more signatures than are looked at',
    (envelope) => ({ ...envelope, signatures: Array(33).fill(envelope.signatures[0]) }),
  ],
  ['an empty signature', (envelope) => ({ ...envelope, signatures: [{ sig: '' }] })],
  ['a signature that is not base64', (envelope) => ({ ...envelope, signatures: [{ sig: '*' }] })],
  ['a payload that is not text', (envelope) => ({ ...envelope, payload: 3 })],
  ['an array', () => []],
  ['nothing', () => null],
];

for (const [name, change] of CHANGES) {
  test(`refuses ${name}`, async () => {
    const signer = testSigner();
    const envelope = JSON.parse((await signEnvelope(TYPE, BODY, [signer])).toString()) as typeof VECTOR;
    const changed = Buffer.from(JSON.stringify(change(envelope)));
    assert.throws(() => openEnvelope(changed, TYPE, { keys: [signer.key], threshold: 1 }), {
      code: 'attestation-invalid',
    });
  });
}

test('reads URL-safe base64 and passes over fields that it does not know; what is no JSON, or too long, is refused', async () => {
  const signer = testSigner();
  const body = Buffer.from([0xfb, 0xff, 0xfe]);
  const envelope = JSON.parse((await signEnvelope(TYPE, body, [signer])).toString()) as typeof VECTOR;
  const urlSafe = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_');
  const other = {
    ...envelope,
    payload: urlSafe(envelope.payload),
    signatures: envelope.signatures.map(({ sig }) => ({ sig: urlSafe(sig), keyid: 'whatever' })),
    more: true,
  };
  const trusted = { keys: [signer.key], threshold: 1 };
  assert.deepEqual(openEnvelope(Buffer.from(JSON.stringify(other)), TYPE, trusted), body);
  for (const bytes of [Buffer.from('{'), Buffer.from([0xff]), Buffer.alloc(MAX_ENVELOPE_BYTES + 1, ' ')]) {
    assert.throws(() => openEnvelope(bytes, TYPE, trusted), { code: 'attestation-invalid' });
  }
});
