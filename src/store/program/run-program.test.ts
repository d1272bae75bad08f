import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { runProgram, startProgram } from './run-program.ts';

/** Whether the process is there and not merely waiting to be counted as dead (proc_pid_stat(5): state `Z`). */
function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

/** A dying process closes its files some time before it is counted as dead: waits for the latter, which a living one never does. */
async function ended(pid: number): Promise<boolean> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) {
    if (!isRunning(pid)) return true;
    await setTimeout(10);
  }
  return false;
}

test('a program runs with a fixed environment and tells what it printed', async () => {
  process.env['ASHLAR_TEST_SECRET'] = 'x';
  const { status, stdout, stderr } = await runProgram(['sh', '-c', 'env; echo oops >&2; exit 3'], {
    env: { OWN: '1' },
  });
  assert.deepEqual([status, stderr], [3, 'oops\n']);
  assert.match(stdout, /^OWN=1$/m);
  assert.match(stdout, /^LC_ALL=C\.UTF-8$/m);
  assert.doesNotMatch(stdout, /SECRET/);
});

test('lines of standard error are told as they come, also when they come in pieces', async () => {
  const lines: string[] = [];
  await runProgram(['sh', '-c', 'printf a >&2; printf "b\\nc\\n" >&2'], { onLine: (line) => lines.push(line) });
  assert.deepEqual(lines, ['ab', 'c']);
});

test('of a program that says too much the last bytes can be kept', async () => {
  const { stdout, stderr } = await runProgram(['sh', '-c', 'seq 100000; echo abc >&2'], { keepBytes: 13 });
  assert.deepEqual([stdout, stderr], ['99999\n100000\n', 'abc\n']);
});

test('a program that is not there is told with its package', async () => {
  await assert.rejects(runProgram(['no-such-program-of-ashlar']), { code: 'missing-package' });
});

test('an abort ends the program and what it started, with the reason', async () => {
  const stop = new AbortController();
  const running = startProgram(['sh', '-c', 'sleep 600 & echo $!; wait'], { signal: stop.signal });
  const [pid] = await once(running.stdout, 'data');
  const reason = new Error('enough');
  stop.abort(reason);
  await assert.rejects(running.exit, reason);
  assert.ok(await ended(Number(String(pid))));
  await assert.rejects(runProgram(['true'], { signal: stop.signal }), reason);
});

test('when this process is killed, so is the program', async () => {
  const program = `
    import { startProgram } from ${JSON.stringify(join(import.meta.dirname, 'run-program.ts'))};
    const running = startProgram(['sh', '-c', 'echo $$; exec sleep 600']);
    running.stdout.pipe(process.stdout);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [chunk] = await once(child.stdout, 'data');
  const pid = Number(String(chunk));
  assert.ok(isRunning(pid));
  child.kill('SIGKILL');
  // The program holds the other end of the pipe: it closes when the program has ended.
  await once(child, 'close');
  assert.ok(await ended(pid));
});
