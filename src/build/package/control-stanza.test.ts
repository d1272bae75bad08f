import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseControl } from './control-stanza.ts';

test('stanzas are apart by empty lines, folded fields keep their lines, names are in lower case', () => {
  const text = 'Package: a\nDescription: short\n long\n .\n\n\n# a comment\nPackage: b\nno field\nX-Y:z\n';
  assert.deepEqual(
    parseControl(text).map((stanza) => Object.fromEntries(stanza)),
    [
      { package: 'a', description: 'short\n long\n .' },
      { package: 'b', 'x-y': 'z' },
    ],
  );
});

test('what is no control file gives nothing', () => {
  assert.deepEqual(parseControl(''), []);
  assert.deepEqual(parseControl(' folded\n:nameless\n\n'), []);
});
