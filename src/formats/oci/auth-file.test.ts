import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AshlarError } from '../../model/error.ts';
import { loginFor, parseAuthFile } from './auth-file.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const parse = (data: unknown) => parseAuthFile(Buffer.from(JSON.stringify(data)), 'auth.json');

test('the longest entry that holds a repository is its login', () => {
  const file = parse({
    auths: {
      'quay.io': { auth: base64('all:1') },
      'quay.io/team': { auth: base64('team:2:3') },
      'https://index.docker.io/v1/': { auth: base64('hub:4\0\0') },
      'https://old.example.org/v2/': { auth: base64('old:5') },
      'helper.example.org': {},
    },
    credHelpers: { 'x.example.org': 'pass' },
  });
  assert.deepEqual(loginFor(file, 'quay.io', 'other/x'), { name: 'all', password: '1' });
  assert.deepEqual(loginFor(file, 'quay.io', 'team/x'), { name: 'team', password: '2:3' });
  assert.deepEqual(loginFor(file, 'quay.io', 'teams/x'), { name: 'all', password: '1' });
  assert.deepEqual(loginFor(file, 'docker.io', 'library/redis'), { name: 'hub', password: '4' });
  assert.deepEqual(loginFor(file, 'old.example.org', 'x'), { name: 'old', password: '5' });
  assert.equal(loginFor(file, 'helper.example.org', 'x'), undefined);
  assert.equal(loginFor(file, 'quay.io.example.org', 'x'), undefined);
});

const REFUSED: Readonly<Record<string, unknown>> = {
  'a list': [],
  'no base64': { auths: { 'quay.io': { auth: 'se cret' } } },
  'no colon': { auths: { 'quay.io': { auth: base64('secret') } } },
  'no name': { auths: { 'quay.io': { auth: base64(':secret') } } },
  'a line break, which would begin another header': { auths: { 'quay.io': { auth: base64('a:secret\r\nx') } } },
  'an identity token': { auths: { 'quay.io': { identitytoken: 'secret' } } },
  'a password in place of an entry': { auths: { 'quay.io': 'secret' } },
};

for (const [name, data] of Object.entries(REFUSED)) {
  test(`${name} is refused, and not shown`, () => {
    assert.throws(
      () => parse(data),
      (error) =>
        error instanceof AshlarError &&
        error.code === 'registry-credentials-invalid' &&
        !`${error.message}${String(error.cause)}`.includes('secret'),
    );
  });
}
