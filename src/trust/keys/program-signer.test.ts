import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readKeyFile } from './key-file.ts';
import { passphraseFrom } from './passphrase.ts';
import { programSigner } from './program-signer.ts';
import { ed25519PublicKey, verifySignature } from './public-key.ts';

const scratch = mkdtempSync(join(tmpdir(), 'ashlar-signer-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const MESSAGE = Buffer.from('what is signed');
const { privateKey } = generateKeyPairSync('ed25519');
const key = ed25519PublicKey(privateKey);
const keyPath = join(scratch, 'key.pem');
writeFileSync(keyPath, privateKey.export({ type: 'pkcs8', format: 'pem' }));

/** A program like one that asks a token: reads its input to the end and prints the signature. */
const PROGRAM = join(scratch, 'sign.mjs');
writeFileSync(
  PROGRAM,
  `import { createPrivateKey, sign } from 'node:crypto';
   import { readFileSync } from 'node:fs';
   process.stdout.write(sign(null, readFileSync(0), createPrivateKey(readFileSync(process.argv[2]))));`,
);

test('a program signs what it gets on its standard input', async () => {
  const signer = programSigner(key, [process.execPath, PROGRAM, keyPath]);
  assert.ok(verifySignature(key, MESSAGE, await signer.sign(MESSAGE)));
});

test('a key file names the program', async () => {
  const path = join(scratch, 'hsm.key.json');
  const command = [process.execPath, PROGRAM, keyPath];
  writeFileSync(path, JSON.stringify({ format: 'ashlar-key/1', key, private: { kind: 'program', command } }));
  const { signer } = readKeyFile(
    path,
    passphraseFrom(undefined, () => Promise.resolve(undefined)),
  );
  assert.ok(verifySignature(key, MESSAGE, await signer.sign(MESSAGE)));
});

const FAILURES: readonly (readonly [name: string, command: [string, ...string[]], message: RegExp])[] = [
  ['is not there', [join(scratch, 'no-such-program')], /ENOENT/],
  ['fails, saying why', ['sh', '-c', 'echo "no token" >&2; exit 3'], /ended with 3: no token/],
  ['prints something else', ['echo', 'not a signature'], /not a signature by the key/],
  ['prints without end', ['sh', '-c', 'yes'], /more than a signature/],
  ['does not read its input', ['true'], /not a signature by the key/],
];
for (const [name, command, message] of FAILURES) {
  test(`a program that ${name}`, () =>
    assert.rejects(programSigner(key, command).sign(Buffer.alloc(1 << 20)), { code: 'signer-failed', message }));
}
