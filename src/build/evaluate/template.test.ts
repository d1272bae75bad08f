import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fillTemplate } from './template.ts';

it('replaces names, and nothing else', () => {
  const { text, findings } = fillTemplate(
    'a={{ a }} {{b}}{{  c }} \\{{ a }} $& {x} }}',
    { a: '$&', b: 2, c: false },
    't',
  );
  assert.equal(text, 'a=$& 2false {{ a }} $& {x} }}');
  assert.deepEqual(findings, []);
});

it('finds names that have no value, with their place', () => {
  const { findings } = fillTemplate('one\ntwo {{ prot }} {{ 1x }}\n{{ open\n{{ toString }}', { port: 1 }, 'site.tmpl');
  assert.deepEqual(
    findings.map(({ message, hint, place }) => [place?.line, place?.column, message, hint]),
    [
      [2, 5, 'the template shows "prot", which is not among its values', 'did you mean "port"? Or add it to values'],
      [2, 16, '"1x" is not a name', 'write {{ name }}, or \\{{ for the characters themselves'],
      [3, 1, '"{{" is not closed on its line', 'write {{ name }}, or \\{{ for the characters themselves'],
      [4, 1, 'the template shows "toString", which is not among its values', 'add "toString" to values'],
    ],
  );
});
