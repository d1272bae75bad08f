import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import test from 'node:test';
import { readHiddenLine } from './read-hidden-line.ts';

/** A terminal that types `keys`, and what is shown on it. */
function terminal(...keys: string[]) {
  const raw: boolean[] = [];
  const input = Object.assign(new PassThrough(), { setRawMode: (on: boolean) => raw.push(on) });
  let shown = '';
  const output = new Writable({
    write: (chunk: Buffer, _, done) => {
      shown += chunk.toString();
      done();
    },
  });
  for (const key of keys) input.write(key);
  return { input, output, raw, shown: () => shown };
}

const cases: readonly (readonly [string, readonly string[], string])[] = [
  ['a line', ['secret words\r'], 'secret words'],
  ['keys one by one', ['a', 'b', '\n'], 'ab'],
  ['a slip', ['ax\x7fb\r'], 'ab'],
  ['all anew', ['wrong\x15right\r'], 'right'],
  ['characters of more than one byte', ['é€😀\x7f\r'], 'é€'],
];
for (const [name, keys, expected] of cases) {
  test(name, async () => {
    const tty = terminal(...keys);
    assert.equal(await readHiddenLine(tty, 'Passphrase: '), expected);
    assert.equal(tty.shown(), 'Passphrase: \n');
    assert.deepEqual(tty.raw, [true, false]);
  });
}

test('Ctrl-C, and a terminal that goes away', async () => {
  await assert.rejects(readHiddenLine(terminal('abc\x03'), ''), { code: 'interrupted' });
  const tty = terminal('abc');
  tty.input.end();
  await assert.rejects(readHiddenLine(tty, ''), { code: 'interrupted' });
  assert.deepEqual(tty.raw, [true, false]);
});
