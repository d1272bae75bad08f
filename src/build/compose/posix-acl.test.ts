import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renumberAcl } from './posix-acl.ts';

const USERS = new Map([[1, 2]]);

test('named users and groups are renumbered each by their own map', () => {
  const acl = Buffer.from('02000000' + '0200070001000000' + '0800050001000000', 'hex');
  const groups = new Map([[1, 0x01020304]]);
  assert.equal(renumberAcl(acl, USERS, groups).toString('hex'), '02000000' + '0200070002000000' + '0800050004030201');
});

for (const [what, hex] of [
  ['another version', '030000000200070001000000'],
  ['half an entry', '0200000002000700'],
  ['nothing', ''],
] as const) {
  test(`${what} stays as it is`, () => {
    assert.equal(renumberAcl(Buffer.from(hex, 'hex'), USERS, USERS).toString('hex'), hex);
  });
}
