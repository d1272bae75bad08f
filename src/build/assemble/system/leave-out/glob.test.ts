import assert from 'node:assert/strict';
import { test } from 'node:test';
import { treeOf } from '../tree.fixture.ts';
import { expandBraces, globPattern, matchesAny } from './glob.ts';
import { selectPaths } from './select-paths.ts';

const MATCHES: readonly (readonly [string, string, boolean])[] = [
  ['a*.service', 'abc.service', true],
  ['a*.service', 'a/b.service', false],
  ['**/x', 'x', true],
  ['**/x', 'a/b/x', true],
  ['a/**', 'a/b/c', true],
  ['?.so', 'a.so', true],
  ['[ab]x', 'bx', true],
  ['[!ab]x', 'bx', false],
  ['dev-a\\x2db.swap', 'dev-a\\x2db.swap', true],
  ['a.b', 'axb', false],
  ['+(x)', '+(x)', true],
];
for (const [glob, name, expected] of MATCHES) {
  test(`${glob} ${expected ? 'matches' : 'does not match'} ${name}`, () => {
    assert.equal(globPattern(glob).test(name), expected);
  });
}

test('braces nest, and what is not closed stands for itself', () => {
  assert.deepEqual(expandBraces('a{b,c{d,e}}f'), ['abf', 'acdf', 'acef']);
  assert.deepEqual(expandBraces('{a,b}/{c,d}'), ['a/c', 'a/d', 'b/c', 'b/d']);
  assert.deepEqual(expandBraces('a{b'), ['a{b']);
  assert.equal(matchesAny(['x', '{a,b}c'], 'bc'), true);
});

test('paths are found by globs, a folder before what is in it', () => {
  const tree = treeOf({
    '/usr/lib/python3/__pycache__/x.pyc': '',
    '/usr/lib/a/b/libx.a': '',
    '/usr/share/doc/x/copyright': '',
    '/etc/link': { link: '/usr' },
  });
  const found = (...globs: string[]): string[] => selectPaths(tree.root, globs).map(({ path }) => path);
  assert.deepEqual(found('usr/**/__pycache__'), ['usr/lib/python3/__pycache__']);
  assert.deepEqual(found('usr/lib/**/*.{a,la}'), ['usr/lib/a/b/libx.a']);
  assert.deepEqual(found('usr/share/{doc,man}', 'usr/share/doc'), ['usr/share/doc']);
  assert.deepEqual(found('etc/link/*', 'nowhere/*'), []);
});
