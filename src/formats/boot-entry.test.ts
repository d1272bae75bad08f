import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BootEntry, formatBootEntry, parseBootEntry } from './boot-entry.ts';

const CASES: readonly (readonly [string, BootEntry])[] = [
  ['minimal_1.0.0.efi', { name: 'minimal', version: '1.0.0', tries: undefined }],
  ['minimal_1.0.0+3.efi', { name: 'minimal', version: '1.0.0', tries: { left: 3, done: 0 } }],
  ['minimal_1.0.0+2-1.efi', { name: 'minimal', version: '1.0.0', tries: { left: 2, done: 1 } }],
  ['web-server_1.0~rc1-2+0-3.efi', { name: 'web-server', version: '1.0~rc1-2', tries: { left: 0, done: 3 } }],
];

for (const [fileName, entry] of CASES) {
  test(fileName, () => {
    assert.deepEqual(parseBootEntry(fileName), entry);
    assert.equal(formatBootEntry(entry), fileName);
  });
}

test('a count of zero and the case of the suffix are read as well', () => {
  assert.deepEqual(parseBootEntry('a_1+3-0.EFI'), { name: 'a', version: '1', tries: { left: 3, done: 0 } });
});

for (const fileName of [
  'MINIMA~1.EFI',
  'arch.efi',
  'a_1.conf',
  'a_1+.efi',
  'a_1+x.efi',
  'a_1+1-.efi',
  '_1.efi',
  'a_.efi',
  'a_1_2.efi',
  'a_1+1+2.efi',
  'a_1+1234567890.efi',
  '',
]) {
  test(`“${fileName}” is none of ours`, () => assert.equal(parseBootEntry(fileName), undefined));
}

for (const entry of [
  { name: 'a_b', version: '1', tries: undefined },
  { name: 'a', version: '1+2', tries: undefined },
  { name: '', version: '1', tries: undefined },
  { name: 'a', version: '1', tries: { left: -1, done: 0 } },
  { name: 'a', version: '1', tries: { left: 1, done: 0.5 } },
]) {
  test(`${JSON.stringify(entry)} is refused`, () => assert.throws(() => formatBootEntry(entry), { code: 'usage' }));
}

test('what is formatted is parsed back', () => {
  const text = fc.string({ unit: fc.constantFrom(...'abz09.~-^'), minLength: 1, maxLength: 12 });
  const count = fc.nat(999);
  const tries = fc.option(fc.record({ left: count, done: count }, { noNullPrototype: true }), { nil: undefined });
  fc.assert(
    fc.property(fc.record({ name: text, version: text, tries }, { noNullPrototype: true }), (entry) => {
      assert.deepEqual(parseBootEntry(formatBootEntry(entry)), entry);
    }),
  );
});
