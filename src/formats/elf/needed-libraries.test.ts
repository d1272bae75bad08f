import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { AshlarError } from '../../model/error.ts';
import { neededLibraries } from './needed-libraries.ts';
import { isElf } from './segments.ts';

/** A program that every Debian has, linked against the C library. */
const program = readFileSync('/bin/true');

test('reads the interpreter and the libraries of a program', () => {
  const { interpreter, libraries } = neededLibraries(program);
  assert.match(interpreter ?? '', /^\/lib(64)?\/ld-linux-[a-z0-9_-]+\.so\.\d$/);
  assert.deepEqual(libraries, ['libc.so.6']);
});

test('tells a script from a program', () => {
  assert.ok(isElf(program));
  assert.ok(!isElf(Buffer.from('#!/bin/sh\n')));
  assert.throws(() => neededLibraries(Buffer.from('#!/bin/sh\n')), { code: 'elf-invalid' });
});

test('refuses a file that is cut off', () => {
  for (const size of [0, 4, 63, 64, 200]) {
    assert.throws(() => neededLibraries(program.subarray(0, size)), { code: 'elf-invalid' });
  }
});

test('throws nothing but its error, whatever the bytes', () => {
  const head = program.subarray(0, 4096);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(head.length - 1), fc.nat(255)), { maxLength: 8 }), (changes) => {
      const bytes = Buffer.from(program);
      for (const [at, value] of changes) bytes[at] = value;
      try {
        neededLibraries(bytes);
      } catch (error) {
        assert.ok(error instanceof AshlarError && error.code === 'elf-invalid', String(error));
      }
    }),
  );
});
