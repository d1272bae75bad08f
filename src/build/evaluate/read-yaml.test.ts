import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { checkDefinition } from './check-definition.ts';
import { MAX_TEXT_BYTES, readYaml } from './read-yaml.ts';

/** The findings as `line:column rule message`. */
const complaints = (text: string): string[] =>
  readYaml(text, 'os.yaml').findings.map(
    ({ place, rule, message }) => `${place?.line}:${place?.column} ${rule} ${message}`,
  );

describe('a definition in YAML', () => {
  it('is data with a way back to the text', () => {
    const { parts, locate, findings } = readYaml(
      'name: a\nfiles:\n  /etc/x: {mode: 0644}\npackages:\n  - b\n  - c\n',
      'os.yaml',
    );
    assert.deepEqual(findings, []);
    assert.deepEqual(parts[0]?.value, { name: 'a', files: { '/etc/x': { mode: 644 } }, packages: ['b', 'c'] });
    const at = (path: (string | number)[], at: 'key' | 'value') => {
      const place = locate({ path, at }, undefined);
      return `${place?.line}:${place?.column}+${place?.width}`;
    };
    assert.equal(at(['files', '/etc/x', 'mode'], 'value'), '3:18+4');
    assert.equal(at(['files', '/etc/x'], 'key'), '3:3+6');
    assert.equal(at(['packages', 1], 'value'), '6:5+1');
    assert.equal(at(['version'], 'value'), '1:1+7');
  });

  it('may be JSON, and name its schema', () => {
    const { parts, findings } = readYaml(
      '{\n\t"$schema": "x",\n\t"name": "a",\n\t"files": {"/a": "\\u00e9"}\n}',
      'os.json',
    );
    assert.deepEqual(findings, []);
    assert.deepEqual(parts[0]?.value, { name: 'a', files: { '/a': 'é' } });
  });

  const table: readonly (readonly [string, RegExp])[] = [
    ['name: a\nname: b\n', /^2:1 duplicate-key/],
    ['name: [a\nb: c\n', /^\d:\d+ syntax/],
    ['a: b\n\tc: d\n', /syntax/],
    ['a: *missing\n', /^1:4 syntax/],
    ['- a\n', /^1:1 wrong-type a definition is a map/],
    ['', /wrong-type/],
    [
      'a: &x [y]\nb: [*x,*x,*x,*x,*x,*x,*x,*x]\nc: &z [*x,*x,*x,*x,*x,*x,*x,*x]\nd: [*z,*z,*z,*z,*z,*z,*z,*z,*z,*z]\n',
      /syntax/,
    ],
    [`name: ${'x'.repeat(MAX_TEXT_BYTES)}`, /too-large/],
  ];
  for (const [text, expected] of table) {
    it(`has a place for what is wrong with ${JSON.stringify(text.slice(0, 30))}`, () => {
      const found = complaints(text);
      assert(found.length > 0 && expected.test(found[0]!), found.join('\n'));
    });
  }

  it('is taken or complained of, whatever the text', () => {
    const words = fc.constantFrom(
      'name: a',
      'version: "1"',
      'base: {suite: trixie}',
      'files:',
      '  /etc/x:',
      '  - ',
      'mode: 644',
      '{',
      '}',
      '[',
      ']',
      ': ',
      '\n',
      '&a ',
      '*a',
      '!!binary x',
      '"',
      "'",
      '#',
      '\t',
      '__proto__: {x: 1}',
      '? ',
      '| ',
      '---',
      'units: {a.service: {enable: true}}',
      '1e400',
      '\u0000',
      '\ud800',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 30 }), (parts) => {
        const written = readYaml(parts.join('\n'), 'os.yaml');
        const [first] = written.parts;
        if (first === undefined) assert(written.findings.some(({ severity }) => severity === 'error'));
        else
          for (const { path, at } of checkDefinition(first.value).problems) written.locate({ path, at }, first.origin);
      }),
      { numRuns: 1500 },
    );
  });

  it('may hold any data without an exception', () => {
    const keys = fc.constantFrom(
      'name',
      'version',
      'base',
      'suite',
      'files',
      '/etc/x',
      'mode',
      'content',
      'units',
      'a.service',
      'users',
      'root',
      'uid',
      'services',
      'enable',
      'mask',
      '__proto__',
      'constructor',
      'disk',
      'healthChecks',
      'kind',
      'keep',
      'x',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.jsonValue({ maxDepth: 1 }),
        fc.dictionary(keys, tie('tree'), { maxKeys: 6 }),
        fc.array(tie('tree'), { maxLength: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(keys, tree), (value) => {
        const { problems } = checkDefinition(JSON.parse(JSON.stringify(value)));
        for (const { message, hint } of problems) assert(message !== '' && hint !== '');
      }),
      { numRuns: 1500 },
    );
  });
});
