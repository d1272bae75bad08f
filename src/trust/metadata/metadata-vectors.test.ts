import assert from 'node:assert/strict';
import { createPrivateKey, sign } from 'node:crypto';
import { test } from 'node:test';
import { sha256 } from '../../model/digest.ts';
import { ed25519PublicKey, keyId } from '../keys/public-key.ts';
import { canonicalJson } from './canonical-json.ts';
import { parseMetadata } from './parse-metadata.ts';
import { signMetadata } from './sign-metadata.ts';
import { verifyMetadata } from './verify-metadata.ts';

// The vectors of docs/development/formats/trust.md. The private key is the first one of RFC 8032, 7.1.
const SEED = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
const privateKey = createPrivateKey({
  key: Buffer.from(`302e020100300506032b657004220420${SEED}`, 'hex'),
  format: 'der',
  type: 'pkcs8',
});
const key = ed25519PublicKey(privateKey);
const id = keyId(key);
const signer = { key, sign: (bytes: Uint8Array) => Promise.resolve(sign(null, bytes, privateKey)) };
const authority = { role: { keyids: [id], threshold: 1 }, keys: { [id]: key } };
const SIGNATURE =
  'b14e4926dd9fac69794a421b2a501b94b13596f10178b56f68a83fe7c3ba4e43de7ff1ca3715ffffec35a4a0fe22135939344de698e0e4edb938ca4d7cadc20a';
const TIMESTAMP = {
  _type: 'timestamp' as const,
  spec_version: '1.0.34',
  version: 7,
  expires: '2030-01-08T00:00:00Z',
  meta: { 'snapshot.json': { version: 5, length: 1002, hashes: { sha256: sha256('snapshot') } } },
  note: 'a "quote", a \\ and é',
};

test('a key, its id, a canonical form and its signature', async () => {
  assert.equal(key.keyval.public, 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
  assert.equal(id, '74c181c7ad8a0855d4b55e44d2ba87aabdddb196832571f15f92fece332e4916');
  assert.equal(
    canonicalJson(TIMESTAMP).toString('utf8'),
    '{"_type":"timestamp","expires":"2030-01-08T00:00:00Z","meta":{"snapshot.json":{"hashes":{"sha256":' +
      '"16a0eeb0791b6c92451fd284dd9f599e0a7dbe7f6ebea6e2d2d06c7f74aec112"},"length":1002,"version":5}},' +
      '"note":"a \\"quote\\", a \\\\ and é","spec_version":"1.0.34","version":7}',
  );
  const metadata = await signMetadata(TIMESTAMP, 'timestamp', 'timestamp.json', [authority], [signer]);
  assert.equal(sha256(metadata.signedBytes), '886710cafd7e077aa0b009ee87630193f077b8993d3dd30de04466d49f99f888');
  assert.deepEqual(metadata.signatures, [{ keyid: id, sig: SIGNATURE }]);
});

test('the file is read, and one changed character of it is noticed', () => {
  const file = JSON.stringify({ signatures: [{ keyid: id, sig: SIGNATURE }], signed: TIMESTAMP });
  const read = (text: string) =>
    verifyMetadata(parseMetadata(Buffer.from(text), 'timestamp', 'timestamp.json'), authority, 'timestamp.json');
  read(file);
  assert.throws(() => read(file.replace('"version":7', '"version":8')), { code: 'metadata-unsigned' });
  assert.throws(() => read(file.replace('quote', 'quota')), { code: 'metadata-unsigned' });
});
