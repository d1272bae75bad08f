import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { FAILURE_VARIABLE, readInitrdFailure } from './initrd-failure.ts';

const folder = mkdtempSync(join(tmpdir(), 'variable-test-'));
after(() => rmSync(folder, { recursive: true }));

test('what a boot image has left is read, with or without a root hash', () => {
  const leave = (text: string): void =>
    writeFileSync(join(folder, FAILURE_VARIABLE), Buffer.from(`\x07\0\0\0${text}`, 'latin1'));
  assert.equal(readInitrdFailure(folder), undefined);
  const hash = '12'.repeat(32);
  leave(`roothash=${hash} no partition has the UUID x`);
  assert.deepEqual(readInitrdFailure(folder), { reason: 'no partition has the UUID x', rootHash: hash });
  leave('roothash=unknown the boot image ended unexpectedly');
  assert.deepEqual(readInitrdFailure(folder), { reason: 'the boot image ended unexpectedly' });
  leave('else');
  assert.deepEqual(readInitrdFailure(folder), { reason: 'else' });
  leave('');
  assert.equal(readInitrdFailure(folder), undefined);
});
