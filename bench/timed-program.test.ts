import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timedProgram } from './timed-program.ts';

const SPIN = 'const until = process.cpuUsage().user + 300_000; while (process.cpuUsage().user < until);';

test('processor time of a program and of what it starts is counted', async () => {
  const { seconds, cpuSeconds, stdout, memory } = await timedProgram([
    'sh',
    '-c',
    `"$0" -e "$1"; echo done`,
    process.execPath,
    SPIN,
  ]);
  assert.ok(cpuSeconds >= 0.3, `${cpuSeconds}`);
  assert.ok(seconds > 0);
  assert.equal(stdout, 'done\n');
  assert.equal(memory, undefined);
});

test('memory is watched when asked for', async () => {
  const { memory } = await timedProgram([process.execPath, '-e', SPIN], { watchMemory: true });
  assert.ok(memory !== undefined && memory.largest > 2 ** 20 && memory.anonymous > 2 ** 20);
  assert.ok(memory.together >= memory.anonymous);
});

test('a failure says what the program printed', async () => {
  await assert.rejects(timedProgram(['sh', '-c', 'echo out; echo why >&2; exit 3']), /ended with 3:.*out.*why/s);
});
