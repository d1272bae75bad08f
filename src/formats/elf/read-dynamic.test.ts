import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { ELF_MACHINE, isElf, readElfDynamic } from './read-dynamic.ts';

/** What every Debian has. */
const LS = readFileSync('/bin/ls');

test('a program names its loader and libraries', () => {
  const { needed, interpreter, machine } = readElfDynamic(LS);
  assert.ok(needed.includes('libc.so.6'));
  assert.match(interpreter ?? '', /^\/lib(64)?\/ld-linux-/);
  assert.ok(Object.values(ELF_MACHINE).some((known) => known === machine));
});

test('a library has a name of its own', () => {
  const { interpreter } = readElfDynamic(LS);
  const loader = readElfDynamic(readFileSync(interpreter!));
  assert.match(loader.soname ?? '', /^ld-linux/);
  assert.deepEqual(loader.needed, []);
});

test('what is no ELF file is refused', () => {
  assert.equal(isElf(Buffer.from('#!/bin/sh')), false);
  for (const bytes of [Buffer.alloc(0), Buffer.from('#!/bin/sh'), LS.subarray(0, 63), LS.subarray(0, 200)]) {
    assert.throws(() => readElfDynamic(bytes), { code: 'image-corrupt' });
  }
});

test('arbitrary changes are read or refused', () => {
  const bad = Buffer.from(LS);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(1200), fc.nat(255)), { minLength: 1, maxLength: 6 }), (edits) => {
      for (const [at, value] of edits) bad[at] = value;
      try {
        readElfDynamic(bad);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'image-corrupt');
      } finally {
        for (const [at] of edits) bad[at] = LS[at]!;
      }
    }),
  );
});
