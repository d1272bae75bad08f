import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type CpioEntry, TYPE_BITS } from '../../src/formats/cpio/cpio-entry.ts';
import { parseCpio } from '../../src/formats/cpio/parse-cpio.ts';
import { writeCpio } from '../../src/formats/cpio/write-cpio.ts';
import { type ByteString, bytesOf, toBuffer } from '../../src/model/byte-string.ts';
import { trixieObstacle, trixieOutput } from './trixie.ts';

const skip = trixieObstacle() ?? false;
const directory = mkdtempSync(join(tmpdir(), 'ashlar-oracle-cpio-'));
after(() => rmSync(directory, { recursive: true }));
const binds = [directory];

const MTIME = 1_700_000_000;
const ENTRIES: CpioEntry[] = [
  { type: 'directory', path: bytesOf('dev'), mode: 0o755 },
  { type: 'character', path: bytesOf('dev/console'), mode: 0o600, major: 5, minor: 1 },
  { type: 'block', path: bytesOf('dev/vda'), mode: 0o660, gid: 6, major: 254, minor: 300 },
  { type: 'directory', path: bytesOf('usr'), mode: 0o755 },
  { type: 'directory', path: bytesOf('usr/bin'), mode: 0o1777 },
  {
    type: 'file',
    path: bytesOf('usr/bin/busybox'),
    mode: 0o4755,
    uid: 1000,
    gid: 1001,
    content: Buffer.alloc(70_001, 'b'),
  },
  { type: 'symlink', path: bytesOf('bin'), mode: 0o777, target: bytesOf('usr/bin') },
  { type: 'file', path: bytesOf('init'), mode: 0o755, content: Buffer.from('#!/bin/sh\n') },
  { type: 'file', path: bytesOf('empty'), mode: 0o600, content: Buffer.alloc(0) },
  { type: 'fifo', path: bytesOf('pipe'), mode: 0o644 },
  { type: 'file', path: 'any\xffbytes' as ByteString, mode: 0o644, content: Buffer.from('x') },
];

test('GNU cpio lists and extracts what was written', { skip }, () => {
  const archive = writeCpio(ENTRIES, MTIME);
  const listed = trixieOutput(['cpio', '--list', '--quiet'], { input: archive });
  assert.equal(listed.trimEnd().split('\n').length, ENTRIES.length);

  const out = join(directory, 'out');
  mkdirSync(out);
  trixieOutput(['cpio', '--extract', '--preserve-modification-time', '--quiet'], { binds, cwd: out, input: archive });
  for (const entry of ENTRIES) {
    const path = Buffer.concat([Buffer.from(`${out}/`), toBuffer(entry.path)]);
    const stat = lstatSync(path);
    assert.equal(stat.mode, TYPE_BITS[entry.type] | entry.mode, entry.path);
    assert.equal(stat.uid, entry.uid ?? 0);
    assert.equal(stat.gid, entry.gid ?? 0);
    if (entry.type === 'file') {
      assert.ok(readFileSync(path).equals(entry.content));
      assert.equal(stat.mtimeMs, MTIME * 1000);
    }
    if (entry.type === 'symlink') assert.equal(readlinkSync(path), entry.target);
    // The kernel's encoding of device numbers for old interfaces: minor's upper bits above major.
    if (entry.type === 'block' || entry.type === 'character') {
      const { major, minor } = entry;
      assert.equal(stat.rdev, (major << 8) | (minor & 0xff) | ((minor & ~0xff) << 12));
    }
  }
});

test('an archive of GNU cpio is read', { skip }, () => {
  const out = join(directory, 'again');
  mkdirSync(out);
  trixieOutput(['cpio', '--extract', '--quiet'], { binds, cwd: out, input: writeCpio(ENTRIES, MTIME) });
  const names = Buffer.concat(ENTRIES.flatMap(({ path }) => [toBuffer(path), Buffer.from('\0')]));
  const archive = join(directory, 'theirs');
  trixieOutput(['cpio', '--create', '--null', '--format=newc', '--quiet', '--reproducible', `--file=${archive}`], {
    binds,
    cwd: out,
    input: names,
  });
  const parsed = parseCpio(readFileSync(archive));
  assert.deepEqual(
    parsed.map(({ mtime: _, ...entry }) => entry),
    ENTRIES.map((entry) => ({ uid: 0, gid: 0, ...entry })),
  );
});
