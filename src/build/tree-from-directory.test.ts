import assert from 'node:assert/strict';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { contentInMemory } from '../formats/tar/content-in-memory.ts';
import type { TakeContent } from '../formats/tar/tree-from-tar.ts';
import { bytesOf } from '../model/byte-string.ts';
import { AshlarError } from '../model/error.ts';
import { treeFromDirectory } from './tree-from-directory.ts';

test('takes files, modes, times, links and holes', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'ashlar-directory-'));
  t.after(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, 'bin'));
  writeFileSync(join(directory, 'bin/tool'), '#!/bin/sh\n');
  chmodSync(join(directory, 'bin/tool'), 0o2755);
  linkSync(join(directory, 'bin/tool'), join(directory, 'again'));
  symlinkSync('bin/tool', join(directory, '-link'));
  writeFileSync(join(directory, 'holes'), 'start');
  truncateSync(join(directory, 'holes'), 10_000_000);
  utimesSync(join(directory, 'bin'), 1_700_000_000, 1_700_000_000);

  const tree = await treeFromDirectory(directory, contentInMemory);
  const bin = tree.children.get(bytesOf('bin'));
  assert.ok(bin?.type === 'directory');
  assert.deepEqual(bin.mtime, { seconds: 1_700_000_000n, nanoseconds: 0 });
  const tool = bin.children.get(bytesOf('tool'));
  assert.ok(tool?.type === 'file' && tool.content.kind === 'bytes');
  assert.equal(tool.content.bytes.toString(), '#!/bin/sh\n');
  assert.equal(tool.mode, 0o2755);
  assert.equal(tree.children.get(bytesOf('again')), tool);
  const link = tree.children.get(bytesOf('-link'));
  assert.ok(link?.type === 'symlink' && link.target === 'bin/tool');
  const holes = tree.children.get(bytesOf('holes'));
  assert.ok(holes?.type === 'file' && holes.content.kind === 'sparse');
  assert.equal(holes.content.size, 10_000_000);
});

test('says what is not there', async () => {
  await assert.rejects(
    treeFromDirectory('/nonexistent/directory', contentInMemory),
    (error) => error instanceof AshlarError && error.code === 'path-unusable',
  );
});

test('stops when it is aborted', async () => {
  const stop = new AbortController();
  const reason = new Error('enough');
  const take: TakeContent = (size, data) => {
    stop.abort(reason);
    return contentInMemory(size, data);
  };
  await assert.rejects(treeFromDirectory('/usr/bin', take, stop.signal), reason);
});
