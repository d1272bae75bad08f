import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { describeChanges } from './describe-changes.ts';

const ID = 'ab'.repeat(32);

test('each difference has a line with its path', () => {
  const before = {
    version: 1,
    roles: { root: { keyids: [ID, 'old'], threshold: 1 } },
    delegations: { roles: [{ name: 'stable', paths: ['releases/*/*/manifest.json'] }] },
    gone: true,
  };
  const after = {
    version: 2,
    roles: { root: { keyids: [ID, 'new'], threshold: 2 } },
    delegations: { roles: [{ name: 'stable', paths: ['releases/web/*/manifest.json'] }, { name: 'beta' }] },
    [ID]: {},
  };
  assert.deepEqual(describeChanges(before, after), [
    'version: 1 → 2',
    'roles.root.keyids: + "new"',
    'roles.root.keyids: − "old"',
    'roles.root.threshold: 1 → 2',
    'delegations.roles.stable.paths: + "releases/web/*/manifest.json"',
    'delegations.roles.stable.paths: − "releases/*/*/manifest.json"',
    'delegations.roles.beta.name: new: "beta"',
    'gone: gone (was true)',
    'abababababab: new: {}',
  ]);
});

test('what is new is told leaf by leaf, so nothing hides behind a long text', () => {
  const lines = describeChanges({}, { role: { note: 'x'.repeat(500), paths: ['*'], empty: {}, list: [] } });
  assert.deepEqual(lines, [
    `role.note: new: "${'x'.repeat(159)}… (502 characters)`,
    'role.paths: + "*"',
    'role.empty: new: {}',
    'role.list: new: []',
  ]);
});

test('an order that changed, and a text that comes twice, are told', () => {
  assert.deepEqual(describeChanges({ a: ['x', 'y'] }, { a: ['y', 'x'] }), ['a: another order']);
  assert.deepEqual(describeChanges({ a: ['x'] }, { a: ['x', 'x'] }), ['a: ["x"] → ["x","x"]']);
  const [one, two] = [{ name: 'one' }, { name: 'two' }];
  assert.deepEqual(describeChanges({ a: [one, two] }, { a: [two, one] }), ['a: another order']);
});

test('nothing that a terminal obeys comes through', () => {
  const lines = describeChanges({}, { 'a\u001b[2K': 'b\u001b]0;x\u0007\u202egnol\u2028' });
  assert.deepEqual(lines, ['a\\u001b[2K: new: "b\\u001b]0;x\\u0007\\u202egnol\\u2028"']);
});

test('values that differ never look the same, and values that are the same never differ', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
      const same = JSON.stringify(before) === JSON.stringify(after);
      if (same) assert.deepEqual(describeChanges(before, after), []);
      else if (JSON.stringify(sorted(before)) !== JSON.stringify(sorted(after)))
        assert.notEqual(describeChanges(before, after).length, 0);
    }),
  );
});

/** The order of properties says nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, each]) => [name, sorted(each)]),
  );
}
