import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type ByteString, bytesOf } from '../../model/byte-string.ts';
import { sha256 } from '../../model/digest.ts';
import type { CpioEntry } from './cpio-entry.ts';
import { parseCpio } from './parse-cpio.ts';
import { writeCpio } from './write-cpio.ts';

const p = bytesOf;
const ENTRIES: CpioEntry[] = [
  { type: 'directory', path: p('dev'), mode: 0o755 },
  { type: 'character', path: p('dev/console'), mode: 0o600, major: 5, minor: 1 },
  { type: 'block', path: p('dev/vda'), mode: 0o660, uid: 0, gid: 6, major: 254, minor: 0 },
  { type: 'fifo', path: p('pipe'), mode: 0o644 },
  { type: 'socket', path: p('sock'), mode: 0o777 },
  { type: 'file', path: p('init'), mode: 0o4755, uid: 1, gid: 2, content: Buffer.from('#!/bin/sh\n') },
  { type: 'file', path: p('empty'), mode: 0o644, content: Buffer.alloc(0) },
  { type: 'symlink', path: p('sbin'), mode: 0o777, target: p('usr/sbin') },
  { type: 'file', path: '\xff\xfe' as ByteString, mode: 0o644, content: Buffer.from('any bytes') },
];

test('what was written comes back', () => {
  const parsed = parseCpio(writeCpio(ENTRIES, 1_700_000_000));
  assert.deepEqual(
    parsed,
    ENTRIES.map((entry) => ({ uid: 0, gid: 0, ...entry, mtime: 1_700_000_000 })),
  );
});

test('archives one after the other are one', () => {
  const [first, ...rest] = ENTRIES;
  const both = Buffer.concat([writeCpio([first!]), Buffer.alloc(512), writeCpio(rest.slice(2))]);
  assert.deepEqual(
    parseCpio(both).map(({ path }) => path),
    [first!, ...rest.slice(2)].map(({ path }) => path),
  );
});

test('test vector of docs/development/formats/initrd-cpio.md', () => {
  const archive = writeCpio(
    [
      { type: 'directory', path: p('dev'), mode: 0o755 },
      { type: 'character', path: p('dev/console'), mode: 0o600, major: 5, minor: 1 },
      { type: 'file', path: p('init'), mode: 0o4755, uid: 1, gid: 2, content: Buffer.from('#!/bin/sh\n') },
      { type: 'symlink', path: p('sbin'), mode: 0o777, target: p('usr/sbin') },
    ],
    1_700_000_000,
  );
  assert.equal(archive.length, 1024);
  assert.equal(sha256(archive), '7749ec9af5d5e1fd84829687077984a2fca45436c5b9d114600dadcd7f66b17a');
});

describe('refused when written', () => {
  const file = (path: string): CpioEntry => ({ type: 'file', path: p(path), mode: 0o644, content: Buffer.alloc(0) });
  const cases: Record<string, CpioEntry[]> = {
    'a path that climbs out': [file('../etc/passwd')],
    'an absolute path': [file('/init')],
    'the name of the trailer': [file('TRAILER!!!')],
    'a missing directory': [file('usr/bin/sh')],
    'a directory that is a file': [file('usr'), file('usr/bin')],
    'the same path twice': [file('init'), file('init')],
    'a path of 4096 bytes': [file('x'.repeat(4096))],
    'a device number of 33 bits': [{ type: 'block', path: p('x'), mode: 0, major: 2 ** 32, minor: 0 }],
    'a negative owner': [{ ...file('x'), uid: -1 }],
  };
  for (const [name, entries] of Object.entries(cases)) {
    test(name, () => assert.throws(() => writeCpio(entries), { code: 'usage' }));
  }
});

test('every cut and arbitrary changes are parsed or refused', () => {
  const good = writeCpio(ENTRIES);
  const parseOrRefuse = (bytes: Buffer): void => {
    try {
      parseCpio(bytes);
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'cpio-corrupt');
    }
  };
  for (let length = 0; length < good.length; length++) parseOrRefuse(good.subarray(0, length));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }), (edits) => {
      const bytes = Buffer.from(good);
      for (const [at, value] of edits) bytes[at] = value;
      parseOrRefuse(bytes);
    }),
  );
});

test('an archive without a trailer is refused', () => {
  assert.throws(() => parseCpio(Buffer.alloc(0)), { code: 'cpio-corrupt' });
});
