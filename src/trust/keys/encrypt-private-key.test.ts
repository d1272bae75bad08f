import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { encryptPrivateKey } from './encrypt-private-key.ts';

for (const [kind, privateKey] of [
  ['Ed25519', generateKeyPairSync('ed25519').privateKey],
  ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
] as const) {
  test(`OpenSSL opens an encrypted ${kind} key, by its passphrase alone`, () => {
    const pem = encryptPrivateKey(privateKey, 'correct horse');
    assert.match(
      pem,
      /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n([A-Za-z0-9+/=]{1,64}\n)+-----END ENCRYPTED PRIVATE KEY-----\n$/,
    );
    assert.ok(createPrivateKey({ key: pem, passphrase: 'correct horse' }).equals(privateKey));
    assert.throws(() => createPrivateKey({ key: pem, passphrase: 'wrong horse' }));
    assert.throws(() => createPrivateKey({ key: pem }));
  });
}

test('the same key and passphrase give another file each time', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  assert.notEqual(encryptPrivateKey(privateKey, 'correct horse'), encryptPrivateKey(privateKey, 'correct horse'));
});
