import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { AshlarError } from '../../model/error.ts';
import { neededLibraries } from './needed-libraries.ts';
import { stripElf } from './strip-elf.ts';

const program = readFileSync('/bin/true');

test('Node runs without its symbol table, and is a fifth smaller', (t) => {
  const node = readFileSync(process.execPath);
  const stripped = stripElf(node);
  assert.ok(stripped.length < node.length * 0.8, `${stripped.length} of ${node.length} bytes are left`);
  const directory = mkdtempSync(join(tmpdir(), 'ashlar-strip-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'node');
  writeFileSync(path, stripped, { mode: 0o755 });
  const script = 'process.stdout.write(require("node:crypto").hash("sha256", process.version))';
  const output = (executable: string): string => execFileSync(executable, ['-e', script], { encoding: 'utf8' });
  assert.equal(output(path), output(process.execPath));
});

test('gives the same again, and keeps what the loader reads', () => {
  const stripped = stripElf(program);
  assert.ok(stripElf(stripped).equals(stripped));
  assert.deepEqual(neededLibraries(stripped), neededLibraries(program));
});

test('throws nothing but its error, and never makes more of a file, whatever the bytes', () => {
  const head = program.subarray(0, 1024);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(head.length - 1), fc.nat(255)), { maxLength: 8 }), (changes) => {
      const bytes = Buffer.from(program);
      for (const [at, value] of changes) bytes[at] = value;
      try {
        assert.ok(stripElf(bytes).length <= bytes.length);
      } catch (error) {
        assert.ok(error instanceof AshlarError && error.code === 'elf-invalid', String(error));
      }
    }),
  );
  for (const size of [0, 4, 63]) assert.throws(() => stripElf(program.subarray(0, size)), { code: 'elf-invalid' });
});
