import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { PropertyPath } from '../../model/definition/property-path.ts';
import { propertyInSource } from './property-in-source.ts';

const SOURCE = `
const other = f('x', { name: 'wrong' });
export default defineSystem({
  /* name: 'no' */ name: 'right', // name: 'no'
  version,
  'quoted key': { "inner": [1, { deep: \`t \${{ a: '}' }.a} \${\`nested\`}\` }, ...rest, 4] },
  files: { '/etc/it\\'s': /[/}]+/g.test(x) ? 'a' : 'b', '/etc/x': { content: a / b / c, mode: 644 } },
  ...spread,
  method() { return { name: 'no' }; },
  arrow: () => ({ name: 'no' }),
  last: call({ name: 'no' }),
});
`;

function found(path: PropertyPath, at: 'key' | 'value' = 'value'): string | undefined {
  const span = propertyInSource(SOURCE, SOURCE.indexOf('defineSystem'), path, at);
  return span === undefined ? undefined : SOURCE.slice(span.start, span.end);
}

it('finds properties in an object literal', () => {
  assert.equal(found(['name']), "'right'");
  assert.equal(found(['name'], 'key'), 'name');
  assert.equal(found(['version']), 'version');
  assert.equal(found(['quoted key', 'inner'], 'key'), '"inner"');
  assert.equal(found(['quoted key', 'inner', 0]), '1');
  assert.match(found(['quoted key', 'inner', 1, 'deep'])!, /^`t .*`$/);
  assert.equal(found(['files', '/etc/x', 'mode']), '644');
  assert.equal(found(['files', "/etc/it's"], 'key'), "'/etc/it\\'s'");
});

it('points at the nearest thing that is written when the rest is computed', () => {
  // Behind a spread nobody knows which element is which; in a call's result nobody knows what there is.
  assert.equal(found(['quoted key', 'inner', 3]), '"inner"');
  assert.equal(found(['last', 'name']), 'last');
  assert.equal(found(['missing']), undefined);
});

it('finds the second argument of a call', () => {
  const source = "fragment(name({ x: 1 }), { packages: ['a'] })";
  const span = propertyInSource(source, 0, ['packages', 0], 'value');
  assert.equal(source.slice(span!.start, span!.end), "'a'");
});

it('ends on any text', () => {
  const alphabet = fc.constantFrom(...'{}[]()`$\'"/\\,:.*\n ab1', '${', '//', '/*');
  fc.assert(
    fc.property(fc.array(alphabet, { maxLength: 200 }), fc.nat(50), (parts, offset) => {
      const text = `f({ ${parts.join('')}`;
      const span = propertyInSource(text, Math.min(offset, text.length), ['a', 'b', 1], 'value');
      assert(span === undefined || (span.start < span.end && span.end <= text.length));
    }),
    { numRuns: 2000 },
  );
});
