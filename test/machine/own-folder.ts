import { mkdirSync } from 'node:fs';
import { join, parse } from 'node:path';
import { defaultStoreDirectory } from '../../src/store/store.ts';

/**
 * The folder for what this test file builds and boots. Files run beside each other, and a build replaces what was there, so each has its own; it stays, so
 * that the next run is quick.
 */
export function ownFolder(): string {
  const folder = join(defaultStoreDirectory(), 'test', parse(process.argv[1] ?? 'test').name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
