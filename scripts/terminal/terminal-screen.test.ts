import assert from 'node:assert/strict';
import { test } from 'node:test';
import { svgOfScreen } from './svg-of-screen.ts';
import { terminalScreen } from './terminal-screen.ts';

const textOf = (recording: string): string[] =>
  terminalScreen(recording).map((line) => line.map(({ char }) => char).join(''));

test('progress that redraws itself leaves what it drew last', () => {
  assert.deepEqual(textOf('  one … 1 s\r\n\x1b[1A\x1b[J  one … 2 s\r\n\x1b[1A\x1b[J✓ one\r\n• two\r\n'), [
    '✓ one',
    '• two',
    '',
  ]);
  assert.deepEqual(textOf('stage\r\nkeys\r\x1b[2K\x1b[1A\x1b[2Kend\r\n'), ['end', '']);
  assert.deepEqual(textOf('⠙\x1b[1G\x1b[0Kdone'), ['done']);
});

test('attributes are those of SGR; 22 ends bold and dim, 39 a colour, 0 all', () => {
  const [line] = terminalScreen('\x1b[1;32ma\x1b[22mb\x1b[39mc\x1b[2md\x1b[0me');
  assert.deepEqual(
    line!.map(({ char, bold, dim, colour }) => [char, bold, dim, colour]),
    [
      ['a', true, false, 'green'],
      ['b', false, false, 'green'],
      ['c', false, false, undefined],
      ['d', false, true, undefined],
      ['e', false, false, undefined],
    ],
  );
});

test('the picture holds the text, escaped, each run at its column, and asks for nothing from elsewhere', () => {
  const svg = svgOfScreen(terminalScreen('\x1b[32m✔\x1b[39m a <b> & c'), 'what “x” shows');
  assert.match(svg, /<text x="20" [^>]*fill="#7ee787"[^>]*>✔<\/text>/);
  assert.match(svg, /<text x="36\.8" [^>]*>a &lt;b&gt; &amp; c<\/text>/);
  assert.doesNotMatch(svg, /href|url\(|@import/);
});
