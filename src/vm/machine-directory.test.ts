import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { makeMachineDirectory } from './machine-directory.ts';

let parent: string;
before(() => {
  parent = mkdtempSync(join(tmpdir(), 'machine-directory-'));
});
after(() => rmSync(parent, { recursive: true }));

test('is private, and gone when removed', () => {
  const directory = makeMachineDirectory(parent);
  assert.equal(statSync(directory.path).mode & 0o777, 0o700);
  writeFileSync(join(directory.path, 'disk'), 'x');
  directory.remove();
  directory.remove();
  assert.equal(existsSync(directory.path), false);
});

/** Makes a directory in a process of its own and runs `then` there. */
function inProcess(then: string): void {
  const module = JSON.stringify(new URL('./machine-directory.ts', import.meta.url).href);
  const script = `const { makeMachineDirectory } = await import(${module}); makeMachineDirectory(${JSON.stringify(parent)}); ${then}`;
  spawnSync(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
}

test('goes with the process, even when that throws', () => {
  inProcess('setTimeout(() => { throw new Error("unexpected") }, 0)');
  assert.deepEqual(readdirSync(parent), []);
});

test('what a killed process left is swept by the next; a living one and strangers are left alone', () => {
  inProcess('process.kill(process.pid, "SIGKILL")');
  assert.equal(readdirSync(parent).length, 1);
  mkdirSync(join(parent, 'ashlar-vm-notes'));
  const first = makeMachineDirectory(parent);
  const second = makeMachineDirectory(parent);
  assert.equal(readdirSync(parent).length, 3);
  first.remove();
  second.remove();
  rmSync(join(parent, 'ashlar-vm-notes'), { recursive: true });
});
