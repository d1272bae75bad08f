import assert from 'node:assert/strict';
import { test } from 'node:test';
import { licenceNames } from './licences.ts';

const FORMAT = 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n';

test('short names of a machine-readable file, alternatives apart', () => {
  const text = `${FORMAT}Upstream-Name: x

Files: *
Copyright: someone
License: GPL-2+ or Artistic, and Expat
 the text

Files: b
License: GPL-2+

License: GPL-2+
 On Debian systems …
`;
  assert.deepEqual(licenceNames(text), ['Artistic', 'Expat', 'GPL-2+']);
});

test('the header may have a licence of its own', () => {
  assert.deepEqual(licenceNames(`${FORMAT}License: ISC\n`), ['ISC']);
});

test('free text has no names', () => {
  assert.deepEqual(licenceNames('This package was debianized by …\nLicense: GPL\n'), []);
  assert.deepEqual(licenceNames(''), []);
});
