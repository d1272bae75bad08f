import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Challenge, parseChallenge } from './challenge.ts';

const CASES: readonly (readonly [header: string | undefined, challenge: Challenge | undefined])[] = [
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a:pull"',
    { kind: 'bearer', realm: 'https://auth.docker.io/token', service: 'registry.docker.io' },
  ],
  ['bearer realm=https://a.example.org/t', { kind: 'bearer', realm: 'https://a.example.org/t', service: undefined }],
  ['Bearer realm="a\\"b" , service="c, d"', { kind: 'bearer', realm: 'a"b', service: 'c, d' }],
  ['Basic realm="Registry"', { kind: 'basic' }],
  ['Basic', { kind: 'basic' }],
  ['Negotiate, Basic realm="x"', undefined],
  ['Digest realm="x", nonce="y", Basic realm="z"', { kind: 'basic' }],
  ['Bearer service="x"', undefined],
  ['', undefined],
  [undefined, undefined],
  [`Bearer realm="${'x'.repeat(5000)}"`, undefined],
];

for (const [header, challenge] of CASES) {
  test(`the challenge ${header?.slice(0, 60)}`, () => assert.deepEqual(parseChallenge(header), challenge));
}
