import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type JsonObject, merge, type Part } from './merge.ts';

const part = (name: string, value: JsonObject): Part => ({
  origin: { name: `fragment "${name}"`, place: { file: `${name}.ts`, line: 3, column: 1 } },
  value,
});

const merged = (...values: JsonObject[]) => merge(values.map((value, at) => part('abc'[at]!, value)));
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('merge', () => {
  it('joins lists, each value once, and merges maps', () => {
    const { value, conflicts } = merged(
      { packages: ['a', 'b'], sysctl: { x: 1 }, users: { u: { groups: ['g'] } } },
      { packages: ['b', 'c'], sysctl: { y: 2 }, users: { u: { groups: ['h'], shell: '/bin/sh' } } },
    );
    assert.deepEqual(plain(value), {
      packages: ['a', 'b', 'c'],
      sysctl: { x: 1, y: 2 },
      users: { u: { groups: ['g', 'h'], shell: '/bin/sh' } },
    });
    assert.deepEqual(conflicts, []);
  });

  it('takes equal values for agreement', () => {
    const same = { kernel: { package: 'k' }, files: { '/a': { content: 'x', mode: '0644' } }, locale: 'C.UTF-8' };
    assert.deepEqual(merged(same, structuredClone(same)).conflicts, []);
  });

  const conflicts: readonly (readonly [string, JsonObject, JsonObject])[] = [
    ['locale', { locale: 'a' }, { locale: 'b' }],
    ['files["/a"]', { files: { '/a': 'x' } }, { files: { '/a': 'y' } }],
    // Halves of two entries would be neither's file.
    ['files["/a"]', { files: { '/a': { content: 'x' } } }, { files: { '/a': { mode: '0600' } } }],
    ['kernel', { kernel: 'cloud' }, { kernel: { package: 'k' } }],
    [
      'units["a.service"].Service',
      { units: { 'a.service': { Service: { ExecStart: 'x' } } } },
      { units: { 'a.service': { Service: { User: 'y' } } } },
    ],
    [
      'healthChecks.web',
      { healthChecks: { web: { kind: 'tcp', port: 1 } } },
      { healthChecks: { web: { kind: 'tcp', port: 2 } } },
    ],
    ['packages', { packages: ['a'] }, { packages: 'a' }],
  ];
  for (const [path, first, second] of conflicts) {
    it(`names both parts that set ${path}`, () => {
      const found = merged(first, second).conflicts;
      assert.equal(found.length, 1);
      assert.equal(found[0]?.message, `fragment "a" (a.ts:3:1) and fragment "b" (b.ts:3:1) set ${path} differently`);
    });
  }

  it('merges what fragments say of one unit', () => {
    const { value, conflicts } = merged(
      { units: { 'a.service': { enable: true } } },
      { units: { 'a.service': { dropIns: { 'x.conf': '1' } } } },
      { units: { 'a.service': { dropIns: { 'y.conf': '2' } } } },
    );
    assert.deepEqual(conflicts, []);
    assert.deepEqual(plain(value), {
      units: { 'a.service': { enable: true, dropIns: { 'x.conf': '1', 'y.conf': '2' } } },
    });
  });

  it('knows who said what, and where in that part', () => {
    const { originOf } = merged({ packages: ['a', 'b'] }, { packages: ['b', 'c', 'd'] });
    assert.equal(originOf(['packages', 1])?.origin.name, 'fragment "a"');
    assert.deepEqual(originOf(['packages', 3])?.path, ['packages', 2]);
    assert.equal(originOf(['packages', 3])?.origin.name, 'fragment "b"');
    assert.deepEqual(originOf(['users', 'x'])?.path, ['users', 'x']);
  });

  it('changes none of its parts, and no prototype', () => {
    const first: JsonObject = { packages: ['a'] };
    const evil = JSON.parse('{"__proto__":{"polluted":true},"users":{"__proto__":{"polluted":true}}}') as JsonObject;
    merged(first, { packages: ['b'] }, evil);
    assert.deepEqual(first, { packages: ['a'] });
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });
});
