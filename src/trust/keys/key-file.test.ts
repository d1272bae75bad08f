import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createKeyFile, keyLabel, readKeyFile, readKeyFolder } from './key-file.ts';
import { passphraseFrom } from './passphrase.ts';
import { verifySignature } from './public-key.ts';

const scratch = mkdtempSync(join(tmpdir(), 'ashlar-keys-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const nobody = () => Promise.resolve(undefined);
const GOOD = passphraseFrom('correct horse', nobody);
const MESSAGE = Buffer.from('what is signed');

test('a key is made, read again and signs; its file is its owner’s alone', async () => {
  const folder = mkdtempSync(join(scratch, 'folder-'));
  const made = await createKeyFile(folder, 'stable-1', GOOD);
  assert.deepEqual(readdirSync(folder).sort(), ['stable-1.key.json', 'stable-1.pem']);
  assert.equal(statSync(join(folder, 'stable-1.pem')).mode & 0o777, 0o600);
  const [read] = readKeyFolder(folder, GOOD);
  assert.deepEqual([read!.id, keyLabel(read!)], [made.id, 'stable-1']);
  assert.ok(verifySignature(made.signer.key, MESSAGE, await read!.signer.sign(MESSAGE)));
  await assert.rejects(createKeyFile(folder, 'stable-1', GOOD), { code: 'path-conflict' });
});

test('who is asked may mistype; a passphrase that opened one key is tried on the next', async () => {
  const folder = mkdtempSync(join(scratch, 'folder-'));
  await createKeyFile(folder, 'a-1', GOOD);
  await createKeyFile(folder, 'b-1', GOOD);
  const asked: string[] = [];
  const answers = ['wrong horse', 'correct horse'];
  const passphrase = passphraseFrom(undefined, (path) => {
    asked.push(path);
    return Promise.resolve(answers.shift());
  });
  for (const { signer } of readKeyFolder(folder, passphrase)) await signer.sign(MESSAGE);
  assert.deepEqual(asked, [join(folder, 'a-1.pem'), join(folder, 'a-1.pem')]);
});

test('a wrong passphrase, none, and one that is too short are told apart', async () => {
  const folder = mkdtempSync(join(scratch, 'folder-'));
  await createKeyFile(folder, 'a-1', GOOD);
  for (const [given, message] of [
    ['wrong horse', /does not open/],
    [undefined, /nobody can be asked/],
  ] as const) {
    const [key] = readKeyFolder(folder, passphraseFrom(given, nobody));
    await assert.rejects(key!.signer.sign(MESSAGE), { code: 'key-locked', message });
  }
  await assert.rejects(createKeyFile(folder, 'b-1', passphraseFrom('short', nobody)), {
    code: 'key-locked',
    message: /at least 8/,
  });
  assert.deepEqual(readdirSync(folder).sort(), ['a-1.key.json', 'a-1.pem']);
});

test('damaged and exchanged files are told', async () => {
  const folder = mkdtempSync(join(scratch, 'folder-'));
  await createKeyFile(folder, 'a-1', GOOD);
  await createKeyFile(folder, 'b-1', GOOD);
  copyFileSync(join(folder, 'b-1.pem'), join(folder, 'a-1.pem'));
  const exchanged = readKeyFile(join(folder, 'a-1.key.json'), GOOD);
  await assert.rejects(exchanged.signer.sign(MESSAGE), { code: 'key-invalid', message: /not the private half/ });
  writeFileSync(join(folder, 'a-1.pem'), '-----BEGIN PRIVATE KEY-----\n');
  await assert.rejects(readKeyFile(join(folder, 'a-1.key.json'), GOOD).signer.sign(MESSAGE), { code: 'key-invalid' });
  rmSync(join(folder, 'a-1.pem'));
  await assert.rejects(readKeyFile(join(folder, 'a-1.key.json'), GOOD).signer.sign(MESSAGE), { code: 'key-invalid' });
  const described = JSON.parse(readFileSync(join(folder, 'a-1.key.json'), 'utf8'));
  described.private.file = '../elsewhere.pem';
  writeFileSync(join(folder, 'a-1.key.json'), JSON.stringify(described));
  assert.throws(() => readKeyFolder(folder, GOOD), { code: 'key-invalid' });
});
