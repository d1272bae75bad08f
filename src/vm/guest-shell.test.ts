import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import test from 'node:test';
import { guestShell } from './guest-shell.ts';
import { serialConsole } from './serial-console.ts';

const SECONDS = 20;

/** A shell on a pseudo-terminal, which echoes and translates as a serial console's does; `script` is in every Debian. */
function console_(command: string) {
  const child = spawn('script', ['-qfec', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], PS1: '# ', TERM: 'vt220' },
  });
  const terminal = new Duplex({
    read: () => {},
    write: (bytes, encoding, done) => void child.stdin.write(bytes, encoding, done),
  });
  child.stdout.on('data', (bytes: Buffer) => terminal.push(bytes));
  const serial = serialConsole(terminal, () => 0, undefined);
  return { serial, [Symbol.dispose]: () => void child.kill('SIGKILL') };
}

test('runs commands: status, exact output, long commands, no standard input', async () => {
  using guest = console_('sh -i');
  const shell = await guestShell(guest.serial, SECONDS);
  assert.deepEqual(await shell.exec('echo out; echo err >&2; exit 7'), { status: 7, output: 'out\nerr\n' });
  assert.deepEqual(await shell.exec('true'), { status: 0, output: '' });
  assert.equal(await shell.read('printf \'a  b\\n\\n\\t"c" $HOME `x` \\\\\''), 'a  b\n\n\t"c" $HOME `x` \\');
  assert.equal(await shell.read('cat'), '');
  const long = 'x'.repeat(5000);
  assert.equal(await shell.read(`echo ${long}`), long);
  const lines = await shell.read('seq 3000');
  assert.equal(lines.split('\n').length, 3000);
  await assert.rejects(shell.read('echo why; exit 2'), { code: 'guest-command-failed', message: /ended with 2:\nwhy/ });
});

test('waits for a condition, quotes and all, and no longer than it may', async () => {
  using guest = console_('sh -i');
  const shell = await guestShell(guest.serial, SECONDS);
  await shell.until(`[ "$(echo 'a b')" = 'a b' ]`, SECONDS);
  await assert.rejects(shell.until('false', 1), { code: 'guest-command-failed', message: /ended with 124/ });
});

test('a prompt that came before is asked for once more', async () => {
  using guest = console_('sh -i');
  await guest.serial.expect(/# $/, SECONDS);
  const shell = await guestShell(guest.serial, SECONDS);
  assert.equal(await shell.read('echo there'), 'there');
});

test('messages that others write on the console do no harm', async () => {
  using guest = console_('(while sleep 0.01; do printf "[ 1.2] noise "; printf "noise\\n"; done) & exec sh -i');
  const shell = await guestShell(guest.serial, SECONDS);
  for (let round = 0; round < 5; round += 1) {
    assert.equal((await shell.read('seq 400')).split('\n').length, 400);
  }
});
