import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUuid, swapGuid, uuid, uuidBytes, uuidFromBytes } from './uuid.ts';

const ESP = uuid('C12A7328-F81F-11D2-BA4B-00A0C93EC93B');

test('bytes are in the order of the text, and come back', () => {
  assert.equal(uuidBytes(ESP).toString('hex'), 'c12a7328f81f11d2ba4b00a0c93ec93b');
  assert.equal(uuidFromBytes(uuidBytes(ESP)), ESP);
});

test('EFI stores the first three fields little-endian', () => {
  assert.equal(swapGuid(uuidBytes(ESP)).toString('hex'), '28732ac11ff8d211ba4b00a0c93ec93b');
  assert.equal(uuidFromBytes(swapGuid(swapGuid(uuidBytes(ESP)))), ESP);
});

test('what is not a UUID is refused', () => {
  for (const text of [
    '',
    'c12a7328',
    'c12a7328f81f11d2ba4b00a0c93ec93b',
    `${ESP} `,
    'g12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  ]) {
    assert.equal(isUuid(text), false);
    assert.throws(() => uuid(text), { code: 'usage' });
  }
});
