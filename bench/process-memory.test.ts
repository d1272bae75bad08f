import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { processMemory, sharedMemory } from './process-memory.ts';

const MIB = 2 ** 20;
const HELD_MIB = 200;

test('a child’s memory counts, with that of its own child', async () => {
  const grandchild = `const held = Buffer.alloc(${HELD_MIB} * ${MIB}, 1); console.log(held.length); setInterval(() => held, 1000)`;
  const child = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}], { stdio: ['ignore', 'inherit', 'inherit'] })`;
  const before = processMemory(process.pid);
  const running = spawn(process.execPath, ['-e', child], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  try {
    await once(running.stdout, 'data');
    const { anonymous, largest } = processMemory(process.pid);
    assert.ok(anonymous - before.anonymous > HELD_MIB * MIB);
    assert.ok(largest > HELD_MIB * MIB);
  } finally {
    process.kill(-running.pid!, 'SIGKILL');
    await once(running, 'close');
  }
});

test('a process that is gone has none', () => {
  assert.deepEqual(processMemory(2 ** 22), { anonymous: 0, largest: 0 });
  assert.ok(sharedMemory() >= 0);
});
