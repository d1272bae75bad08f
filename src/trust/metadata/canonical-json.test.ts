import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, type JsonValue } from './canonical-json.ts';

const VECTORS: readonly (readonly [name: string, value: JsonValue, text: string])[] = [
  [
    'names sorted, no white space',
    { b: [1, 2], a: null, c: { z: true, y: false } },
    '{"a":null,"b":[1,2],"c":{"y":false,"z":true}}',
  ],
  ['only quotes and backslashes escaped', 'a"b\\c\n\u0000\u007fé', '"a\\"b\\\\c\n\u0000\u007fé"'],
  ['sorted by code points, not by UTF-16 units', { '\u{1f600}': 1, '\uffee': 2 }, '{"\uffee":2,"\u{1f600}":1}'],
  ['no minus before zero', -0, '0'],
  ['undefined left out', { a: undefined, b: 1 }, '{"b":1}'],
  ['a property named __proto__', JSON.parse('{"__proto__":{"x":1}}'), '{"__proto__":{"x":1}}'],
];
for (const [name, value, text] of VECTORS) {
  test(name, () => assert.equal(canonicalJson(value).toString('utf8'), text));
}

test('what has no canonical form is refused', () => {
  for (const value of [0.5, 2 ** 53, Number.NaN, '\ud800', { '\udc00': 1 }]) {
    assert.throws(() => canonicalJson(value), { code: 'metadata-invalid' });
  }
  let deep: JsonValue = 1;
  for (let level = 0; level < 33; level += 1) deep = [deep];
  assert.throws(() => canonicalJson(deep), { code: 'metadata-invalid' });
});

test('values that differ have forms that differ', () => {
  const value = fc
    .jsonValue({ noUnicodeString: false, maxDepth: 4 })
    .filter((json) => !/[.e]/.test(JSON.stringify(json)));
  fc.assert(
    fc.property(value, value, (a, b) => {
      const text = (json: unknown): string | undefined => {
        try {
          return canonicalJson(json as JsonValue).toString('utf8');
        } catch {
          return undefined;
        }
      };
      const [first, second] = [text(a), text(b)];
      if (first === undefined || second === undefined) return;
      assert.equal(first === second, sorted(a) === sorted(b));
    }),
  );
});

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
