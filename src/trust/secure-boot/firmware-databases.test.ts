import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { afterEach, beforeEach } from 'node:test';
import { type SignatureEntry, writeSignatureLists } from '../../formats/efi/signature-list.ts';
import { uuid } from '../../formats/uuid.ts';
import { firmwareDatabases } from './firmware-databases.ts';

const GLOBAL = '8be4df61-93ca-11d2-aa0d-00e098032b8c';
const DATABASES = 'd719b2cb-3d3a-4596-a3bc-dad00e67656f';
const ENTRY: SignatureEntry = {
  kind: 'image',
  owner: uuid('00000000-0000-4000-8000-000000000000'),
  digest: Buffer.alloc(32, 7),
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'efivars-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(name: string, value: Buffer): void {
  writeFileSync(join(folder, name), Buffer.concat([Buffer.from([6, 0, 0, 0]), value]));
}

const firmwares: readonly (readonly [string, number | undefined, number | undefined, boolean])[] = [
  ['without Secure Boot', undefined, undefined, false],
  ['that does not enforce it', 0, 0, false],
  ['without keys', 0, 1, false],
  ['that says both', 1, 1, false],
  ['that enforces it', 1, 0, true],
  ['that enforces it and is too old for a setup mode', 1, undefined, true],
];
for (const [name, secureBoot, setupMode, enforced] of firmwares) {
  test(`firmware ${name}`, () => {
    if (secureBoot !== undefined) put(`SecureBoot-${GLOBAL}`, Buffer.from([secureBoot]));
    if (setupMode !== undefined) put(`SetupMode-${GLOBAL}`, Buffer.from([setupMode]));
    assert.equal(firmwareDatabases(folder) !== undefined, enforced);
  });
}

test('what it allows and forbids; a database that is not there is empty', () => {
  put(`SecureBoot-${GLOBAL}`, Buffer.from([1]));
  put(`db-${DATABASES}`, writeSignatureLists([ENTRY]));
  assert.deepEqual(firmwareDatabases(folder), { allowed: [ENTRY], forbidden: [] });
  put(`dbx-${DATABASES}`, Buffer.from('damaged'));
  assert.throws(() => firmwareDatabases(folder), { code: 'signature-invalid' });
});
