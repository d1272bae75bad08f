import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findMirrors, parseDeb822Sources, parseOneLineSources } from './mirror.ts';

test('the environment comes first, and its security mirror is the sibling', () => {
  assert.deepEqual(findMirrors({ ASHLAR_MIRROR: 'http://a.test/debian/' }, '/nowhere'), {
    archive: 'http://a.test/debian/',
    security: 'http://a.test/debian-security',
  });
  const both = { ASHLAR_MIRROR: 'http://a.test/debian', ASHLAR_SECURITY_MIRROR: 'http://s.test/' };
  assert.equal(findMirrors(both, '/nowhere')?.security, 'http://s.test/');
});

test('without either there is no mirror to name', () => {
  assert.equal(findMirrors({}, '/nowhere'), undefined);
});

test("the host's sources are read in both styles, foreign archives passed over", (t) => {
  const apt = mkdtempSync(join(tmpdir(), 'ashlar-apt-'));
  t.after(() => rmSync(apt, { recursive: true }));
  mkdirSync(join(apt, 'sources.list.d'));
  writeFileSync(join(apt, 'sources.list'), 'deb http://x.test/sdk cloud-sdk-bookworm main\n');
  writeFileSync(
    join(apt, 'sources.list.d/debian.sources'),
    'Types: deb\n# a comment\nURIs: http://m.test/d\nSuites: bookworm bookworm-updates\nComponents: main\n\n' +
      'Types: deb\nURIs: http://m.test/s\nSuites: bookworm-security\nComponents: main\n',
  );
  assert.deepEqual(findMirrors({}, apt), { archive: 'http://m.test/d', security: 'http://m.test/s' });
});

test('one-line sources: options, comments and source packages', () => {
  const text =
    '# deb http://no.test x main\ndeb [arch=amd64 signed-by=/k] http://m.test/debian trixie main\ndeb-src http://s.test trixie main\n';
  assert.deepEqual(parseOneLineSources(text), [{ uri: 'http://m.test/debian', suites: ['trixie'] }]);
});

test('deb822 sources: continued fields, several URIs, disabled stanzas', () => {
  const text =
    'Types: deb deb-src\nURIs: http://a.test\n http://b.test\nSuites: trixie\n\nTypes: deb\nEnabled: no\nURIs: http://c.test\nSuites: x\n';
  assert.deepEqual(parseDeb822Sources(text), [
    { uri: 'http://a.test', suites: ['trixie'] },
    { uri: 'http://b.test', suites: ['trixie'] },
  ]);
});
