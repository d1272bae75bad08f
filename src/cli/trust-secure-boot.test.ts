import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';

const MAIN = new URL('./main.ts', import.meta.url).pathname;

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'trust-secure-boot-'));
});
after(() => rmSync(folder, { recursive: true }));

function call(passphrase: string, ...words: readonly string[]) {
  const { status, stdout } = spawnSync(process.execPath, [MAIN, 'trust', 'secure-boot', folder, ...words, '--json'], {
    env: { ...process.env, ASHLAR_PASSPHRASE: passphrase },
    encoding: 'utf8',
  });
  return { status, document: JSON.parse(stdout) as Record<string, unknown> };
}

test('makes keys, then what enrols them anew, then a new key; and nothing with a wrong passphrase', () => {
  const keys = join(folder, 'secure-boot');
  const document = (did: string, allowed: number) => ({ folder: keys, did, allowed, forbidden: 0 });
  assert.deepEqual(call('words to test with'), { status: 0, document: document('created', 1) });
  for (const name of ['PK', 'KEK', 'db']) assert.ok(existsSync(join(keys, 'enroll', `${name}.auth`)));
  assert.deepEqual(call('words to test with'), { status: 0, document: document('renewed', 1) });
  const wrong = call('words of another key');
  assert.equal(wrong.status, 1);
  assert.match(JSON.stringify(wrong.document), /"key-locked"/);
  assert.deepEqual(call('words to test with', '--rotate'), { status: 0, document: document('rotated', 2) });
  assert.equal(call('words to test with', '--name', 'Größe').status, 2);
});
