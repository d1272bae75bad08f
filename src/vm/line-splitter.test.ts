import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { LINE_LIMIT, lineSplitter } from './line-splitter.ts';

function split(...chunks: string[]): { lines: string[]; open: string } {
  const splitter = lineSplitter();
  const lines: string[] = [];
  let open = '';
  for (const chunk of chunks) {
    const step = splitter.push(Buffer.from(chunk, 'latin1'));
    lines.push(...step.lines);
    open = step.open;
  }
  return { lines, open };
}

const CASES: readonly { name: string; chunks: string[]; lines: string[]; open: string }[] = [
  { name: 'plain lines', chunks: ['a\r\nb\r\n'], lines: ['a', 'b'], open: '' },
  { name: 'a prompt stays open', chunks: ['a\nlogin: '], lines: ['a'], open: 'login: ' },
  { name: 'a line in pieces', chunks: ['on', 'e\nt', 'wo'], lines: ['one'], open: 'two' },
  { name: 'colours go', chunks: ['\x1b[0;1;32m  OK  \x1b[0m Started\n'], lines: ['  OK   Started'], open: '' },
  { name: 'a sequence cut in two', chunks: ['\x1b[0;1', ';32mgreen\n'], lines: ['green'], open: '' },
  {
    name: 'firmware clears the screen and moves about',
    chunks: ['\x1b[2J\x1b[01;01Hfirst\x1b[05;01Hsecond\r\n'],
    lines: ['first', 'second'],
    open: '',
  },
  {
    name: 'what is typed at the firmware is one line',
    chunks: ['Shell> \x1b[06;08Hr\x1b[06;09He'],
    lines: [],
    open: 'Shell> re',
  },
  { name: 'window titles go', chunks: ['\x1b]0;title\x07text\n'], lines: ['text'], open: '' },
  { name: 'boot marks of systemd (OSC 3008) go', chunks: ['\x1b]3008;start=1\x1b\\text\n'], lines: ['text'], open: '' },
  { name: 'empty lines go', chunks: ['\n\n \na\n'], lines: ['a'], open: '' },
  { name: 'UTF-8 cut in two', chunks: ['gr\xc3', '\xbcn\n'], lines: ['grün'], open: '' },
  { name: 'bells and backspaces go', chunks: ['a\x07\x08b\n'], lines: ['ab'], open: '' },
];

for (const { name, chunks, lines, open } of CASES) {
  test(name, () => assert.deepEqual(split(...chunks), { lines, open }));
}

test('the pieces in which bytes come do not matter', () => {
  const alphabet = fc.constantFrom(
    '\x1b',
    '[',
    ']',
    ';',
    '1',
    'H',
    'm',
    'J',
    '\n',
    '\r',
    'x',
    '\x07',
    '\\',
    ' ',
    '\xc3',
    '\xbc',
  );
  fc.assert(
    fc.property(fc.array(alphabet, { maxLength: 60 }), fc.integer({ min: 1, max: 7 }), (characters, size) => {
      const text = characters.join('');
      const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
      const end = 'END\nEND\n';
      assert.deepEqual(split(...pieces, end).lines.at(-1), split(text, end).lines.at(-1));
    }),
  );
});

test('a line without end is broken, and nothing piles up', () => {
  const splitter = lineSplitter();
  let lines = 0;
  for (let round = 0; round < 100; round += 1) {
    const step = splitter.push(Buffer.alloc(1000, 'x'));
    lines += step.lines.length;
    assert.ok(step.open.length <= LINE_LIMIT);
  }
  assert.equal(lines, Math.floor(100_000 / LINE_LIMIT));
});
