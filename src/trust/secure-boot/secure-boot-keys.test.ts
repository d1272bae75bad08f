import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { authenticatedTime } from '../../formats/efi/authenticated-variable.ts';
import { imageDigest } from '../../formats/pe/image-digest.ts';
import { samplePe } from '../../formats/pe/sample-pe.fixture.ts';
import { passphraseFrom } from '../keys/passphrase.ts';
import { createSecureBootKeys } from './create-secure-boot-keys.ts';
import { readEnrolment } from './read-enrolment.ts';
import { readSecureBootSigner } from './read-secure-boot-signer.ts';
import { rotateSecureBootKey } from './rotate-secure-boot-key.ts';
import { type SampleKeys, sampleKeys } from './sample-keys.fixture.ts';
import { writeEnrolment } from './write-enrolment.ts';

const nobody = () => Promise.resolve(undefined);
let keys: SampleKeys;
before(async () => {
  keys = await sampleKeys();
});
after(() => keys[Symbol.dispose]());

const certificate = (name: string): X509Certificate =>
  new X509Certificate(readFileSync(join(keys.folder, `${name}.crt`)));

test('three certificates that Secure Boot can use, and private keys that only their owner reads', () => {
  for (const name of ['PK', 'KEK', 'db']) {
    const found = certificate(name);
    assert.equal(found.subject, `CN=Sample ${name}`);
    assert.equal(found.publicKey.asymmetricKeyDetails?.modulusLength, 2048);
    assert.ok(found.verify(found.publicKey));
    assert.ok(found.validToDate.getUTCFullYear() - found.validFromDate.getUTCFullYear() === 30);
    const path = join(keys.folder, `${name}.key`);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.match(readFileSync(path, 'utf8'), /^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
  }
});

test('keys are never replaced', async () => {
  const request = { folder: keys.folder, name: 'Other', passphrase: keys.passphrase, now: new Date() };
  await assert.rejects(createSecureBootKeys(request), { code: 'secure-boot-keys-unusable' });
  assert.equal(certificate('PK').subject, 'CN=Sample PK');
});

test('a wrong passphrase, another’s key, and one that is not there', async () => {
  const wrong = passphraseFrom('of another key', nobody);
  await assert.rejects(readSecureBootSigner(keys.folder, 'db', wrong).sign(Buffer.alloc(1)), { code: 'key-locked' });
  const folder = mkdtempSync(join(tmpdir(), 'secure-boot-'));
  try {
    assert.throws(() => readSecureBootSigner(folder, 'db', keys.passphrase), { code: 'secure-boot-keys-unusable' });
    copyFileSync(join(keys.folder, 'db.crt'), join(folder, 'db.crt'));
    assert.throws(() => readSecureBootSigner(folder, 'db', keys.passphrase), { code: 'secure-boot-keys-unusable' });
    copyFileSync(join(keys.folder, 'KEK.key'), join(folder, 'db.key'));
    await assert.rejects(readSecureBootSigner(folder, 'db', keys.passphrase).sign(Buffer.alloc(1)), {
      code: 'secure-boot-keys-unusable',
    });
    assert.throws(() => readEnrolment(folder), { code: 'secure-boot-keys-unusable' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('later files for the firmware need KEK, and PK no more', async () => {
  const path = join(keys.folder, 'PK.key');
  const [key, ownership] = [readFileSync(path), readFileSync(join(keys.folder, 'enroll', 'PK.auth'))];
  rmSync(path);
  await writeEnrolment({ folder: keys.folder, passphrase: keys.passphrase, now: new Date() });
  assert.deepEqual(readFileSync(join(keys.folder, 'enroll', 'PK.auth')), ownership);
  writeFileSync(path, key, { mode: 0o600 });
});

test('db is rotated: the new key signs, the old one is still trusted, and updates are later than those before', async () => {
  const before = readEnrolment(keys.folder);
  const old = certificate('db').raw;
  await rotateSecureBootKey({ folder: keys.folder, name: 'Sample', passphrase: keys.passphrase, now: new Date(0) });
  const { allowed, files } = readEnrolment(keys.folder);
  assert.notDeepEqual(certificate('db').raw, old);
  assert.deepEqual(
    allowed.map((entry) => entry.kind === 'certificate' && entry.certificate.toString('hex')),
    [certificate('db').raw, old].map((raw) => raw.toString('hex')),
  );
  assert.ok(authenticatedTime(files.get('db.auth')!) > authenticatedTime(before.files.get('db.auth')!));
  const signature = await readSecureBootSigner(keys.folder, 'db', keys.passphrase).sign(Buffer.from('x'));
  assert.equal(signature.length, 256);
});

test('without KEK nothing is rotated', async () => {
  const path = join(keys.folder, 'KEK.key');
  const [key, db] = [readFileSync(path), readFileSync(join(keys.folder, 'db.key'))];
  rmSync(path);
  const request = { folder: keys.folder, name: 'Sample', passphrase: keys.passphrase, now: new Date() };
  await assert.rejects(rotateSecureBootKey(request), { code: 'secure-boot-keys-unusable' });
  assert.deepEqual(readFileSync(join(keys.folder, 'db.key')), db);
  writeFileSync(path, key, { mode: 0o600 });
});

test('what is revoked is in dbx, and dbx goes when nothing is', async () => {
  const revoked = join(keys.folder, 'revoked');
  const image = samplePe({ sections: [{ name: '.text', content: Buffer.from('flawed') }] });
  const request = { folder: keys.folder, passphrase: keys.passphrase, now: new Date() };
  writeFileSync(join(revoked, 'flawed.efi'), image);
  copyFileSync(join(keys.folder, 'KEK.crt'), join(revoked, 'stolen.crt'));
  await writeEnrolment(request);
  const { forbidden } = readEnrolment(keys.folder);
  assert.deepEqual(
    forbidden.map(({ kind }) => kind),
    ['image', 'certificate'],
  );
  assert.ok(forbidden[0]?.kind === 'image' && forbidden[0].digest.toString('hex') === imageDigest(image));
  for (const name of readdirSync(revoked)) rmSync(join(revoked, name));
  await writeEnrolment(request);
  assert.equal(readEnrolment(keys.folder).files.has('dbx.auth'), false);
});

test('nothing is enrolled of a folder with a file that is no certificate', async () => {
  const path = join(keys.folder, 'also-trusted', 'note.txt');
  writeFileSync(path, 'not a certificate');
  const request = { folder: keys.folder, passphrase: keys.passphrase, now: new Date() };
  const before = readFileSync(join(keys.folder, 'enroll', 'db.auth'));
  await assert.rejects(writeEnrolment(request), { code: 'secure-boot-keys-unusable' });
  assert.deepEqual(readFileSync(join(keys.folder, 'enroll', 'db.auth')), before);
  rmSync(path);
});
