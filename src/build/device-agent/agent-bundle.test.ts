import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bundleAgent } from './agent-bundle.ts';

const FIXTURE = 'src/build/device-agent/agent-main.fixture.ts';

test('one file runs alone, with all that it imports and imports later', async (t) => {
  const { code, materials } = await bundleAgent(FIXTURE);
  const directory = mkdtempSync(join(tmpdir(), 'ashlar-bundle-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'agent.mjs');
  writeFileSync(path, code);
  const run = spawnSync(process.execPath, [path, '1.10', '1.9'], { cwd: directory, encoding: 'utf8' });
  assert.equal(run.stdout, '1 1.0 kB\n', run.stderr);
  assert.deepEqual(
    materials.map(({ name, licence }) => [name, licence]),
    [
      ['ashlar', 'Apache-2.0'],
      ['zod', 'MIT'],
    ],
  );
});

test('the same sources give the same bytes, from wherever it is run', async (t) => {
  const here = process.cwd();
  t.after(() => process.chdir(here));
  const first = await bundleAgent(FIXTURE);
  process.chdir(tmpdir());
  const second = await bundleAgent(FIXTURE);
  assert.deepEqual(second.materials, first.materials);
  assert.equal(second.sha256, first.sha256);
  assert.ok(!first.code.includes(here), 'the bundle names the folder that it was made in');
});

test('what cannot be bundled is said', async () => {
  await assert.rejects(bundleAgent('src/build/device-agent/nowhere.ts'), { code: 'internal', message: /nowhere\.ts/ });
});
