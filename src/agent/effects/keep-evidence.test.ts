import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { failureCause } from '../../engine/failure-cause.ts';
import type { Sha256 } from '../../model/digest.ts';
import { scratchDirectory } from '../../store/transport/scratch.fixture.ts';
import { devicePaths } from '../device-paths.ts';
import { keepEvidence } from './keep-evidence.ts';

const FAILED = { name: 'web', version: '2', rootHash: 'ab'.repeat(32) as Sha256 };

test('reports do not fill /var: the oldest go, by number and by size', async (t) => {
  const paths = devicePaths(scratchDirectory(t));
  mkdirSync(paths.reports, { recursive: true });
  let at = Date.UTC(2026, 0, 1);
  const device = {
    paths,
    bootId: 'b',
    now: () => at,
    run: async () => ({ status: 0, stdout: 'the kernel says something\n'.repeat(40), stderr: '' }),
  };
  const evidence = { panics: [], watchdog: 'unknown', shutdown: 'unclean' } as const;
  const cause = failureCause('health', 'it failed');
  writeFileSync(join(paths.reports, '2025-01-01T00-00-00_web_1.json'), Buffer.alloc(9 << 20));
  const names: string[] = [];
  for (let count = 0; count < 30; count++) {
    at += 3_600_000;
    names.push(await keepEvidence(device, FAILED, cause, evidence));
  }
  const kept = readdirSync(paths.reports).sort();
  assert.deepEqual(kept, names.slice(-20));
  const bytes = kept.reduce((sum, name) => sum + statSync(join(paths.reports, name)).size, 0);
  assert.ok(bytes < 8 << 20);
});
