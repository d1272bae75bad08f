import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { SILENT } from '../model/progress.ts';
import fsCat from './fs-cat.ts';
import fsCheck from './fs-check.ts';
import fsCreate from './fs-create.ts';
import fsExtract from './fs-extract.ts';
import fsLs from './fs-ls.ts';
import { styleFor } from './style.ts';
import type { Call, SealedVerb } from './verb.ts';

const PLAIN = styleFor({}, {});

function call(json: boolean): Call {
  return { json, progress: SILENT, signal: new AbortController().signal, style: PLAIN, emit: () => {} };
}

/** Runs a verb as the command line does, and holds its result against the published schema. */
async function run(verb: SealedVerb, raw: object): Promise<{ result: unknown; text: string; exitCode: number }> {
  const outcome = await verb.execute(raw, call(true));
  return {
    result: verb.result.parse(outcome.result),
    text: outcome.text(PLAIN),
    exitCode: outcome.exitCode ?? 0,
  };
}

describe('ashlar fs', () => {
  let directory = '';
  let image = '';
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'ashlar-fs-'));
    const source = join(directory, 'source');
    mkdirSync(join(source, 'bin'), { recursive: true });
    writeFileSync(join(source, 'bin/tool'), 'x'.repeat(100_000));
    chmodSync(join(source, 'bin/tool'), 0o751);
    linkSync(join(source, 'bin/tool'), join(source, 'bin/also'));
    writeFileSync(join(source, 'release'), 'ID=sample\n');
    symlinkSync('/release', join(source, 'link'));
    execFileSync('touch', ['-d', '@1600000000.5', join(source, 'release')]);
    image = join(directory, 'image');
    await run(fsCreate, { arguments: [source], output: image, compression: 'zstd', name: 'sample' });
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  test('create is deterministic, from an archive as from a directory, and leaves nothing behind', async () => {
    const archive = join(directory, 'archive.tar');
    execFileSync('tar', ['--format=pax', '-cf', archive, '-C', join(directory, 'source'), '.']);
    const again = join(directory, 'again');
    await run(fsCreate, { arguments: [archive], output: again, compression: 'zstd', name: 'sample' });
    assert.ok(readFileSync(again).equals(readFileSync(image)));
    assert.deepEqual(readdirSync(directory).sort(), ['again', 'archive.tar', 'image', 'source']);
    rmSync(again);
    rmSync(archive);
  });

  test('create refuses what it cannot do and leaves the earlier image', async () => {
    const former = readFileSync(image);
    const create = (source: string, output: string, compression = 'none') =>
      run(fsCreate, { arguments: [source], output, compression, name: '' });
    await assert.rejects(create(join(directory, 'nothing'), image), { code: 'path-unusable' });
    await assert.rejects(create(directory, image), { code: 'path-unusable', message: /would lie in the directory/ });
    await assert.rejects(create(join(directory, 'source/release'), image), { code: 'tar-corrupt' });
    await assert.rejects(create(join(directory, 'source'), image, 'zstd:99'), { code: 'usage' });
    await assert.rejects(create(join(directory, 'source'), join(directory, 'no/image')), { code: 'path-unusable' });
    assert.ok(readFileSync(image).equals(former));
    assert.deepEqual(readdirSync(directory).sort(), ['image', 'source']);
  });

  test('ls lists names, and with -l what they are', async () => {
    const { text } = await run(fsLs, { arguments: [image], recursive: true });
    assert.deepEqual(text.split('\n'), ['/', '/bin', '/bin/also', '/bin/tool', '/link', '/release']);
    const long = await run(fsLs, { arguments: [image, '/bin'], long: true });
    assert.match(long.text, /^-rwxr-x--x {2}2 +\d+ +\d+ 100000 .* \/bin\/also$/m);
    const link = await run(fsLs, { arguments: [image, 'link'], long: true });
    assert.match(link.text, /^lrwxrwxrwx.* \/link -> \/release$/);
    const followed = await run(fsLs, { arguments: [image, 'link'] });
    assert.equal(followed.text, '/release');
    await assert.rejects(run(fsLs, { arguments: [image, 'nothing'] }), { code: 'path-unusable' });
  });

  test('cat gives a file, through links within the image', async () => {
    const { result } = await run(fsCat, { arguments: [image, '/link'] });
    assert.deepEqual(result, { path: '/release', size: 10, content: Buffer.from('ID=sample\n').toString('base64') });
    await assert.rejects(run(fsCat, { arguments: [image, 'bin'] }), { code: 'path-unusable' });
  });

  test('extract gives back what was put in', async () => {
    const out = join(directory, 'out');
    const { result } = await run(fsExtract, { arguments: [image], directory: out });
    assert.deepEqual(result, { directory: out, entries: 6, skipped: [] });
    assert.equal(readFileSync(join(out, 'bin/tool'), 'utf8'), 'x'.repeat(100_000));
    const tool = lstatSync(join(out, 'bin/tool'));
    assert.equal(tool.mode & 0o7777, 0o751);
    assert.equal(tool.ino, lstatSync(join(out, 'bin/also')).ino);
    assert.equal(readlinkSync(join(out, 'link')), '/release');
    assert.equal(lstatSync(join(out, 'release'), { bigint: true }).mtimeNs, 1_600_000_000_500_000_000n);
    await assert.rejects(run(fsExtract, { arguments: [image], directory: out }), { code: 'path-unusable' });
    rmSync(out, { recursive: true });
  });

  test('extract never writes through a link that is there', async () => {
    const out = join(directory, 'trap');
    const victim = join(directory, 'victim');
    mkdirSync(out);
    writeFileSync(victim, 'untouched');
    symlinkSync(victim, join(out, 'release'));
    await assert.rejects(run(fsExtract, { arguments: [image, 'release'], directory: out }), { code: 'path-unusable' });
    assert.equal(readFileSync(victim, 'utf8'), 'untouched');
    rmSync(out, { recursive: true });
    rmSync(victim);
  });

  test('check says that an image is sound, and exits 3 for one that is not', async () => {
    const sound = await run(fsCheck, { arguments: [image] });
    assert.equal(sound.exitCode, 0);
    assert.match(sound.text, /is sound: 5 inodes, 2 directories/);
    const broken = join(directory, 'broken');
    const bytes = readFileSync(image);
    bytes.write('x', 1024 + 64);
    writeFileSync(broken, bytes);
    const damaged = await run(fsCheck, { arguments: [broken] });
    assert.equal(damaged.exitCode, 3);
    assert.match(damaged.text, /erofs-checksum/);
    await assert.rejects(run(fsLs, { arguments: [broken] }), { code: 'image-corrupt' });
    await assert.rejects(run(fsCheck, { arguments: [join(directory, 'nothing')] }), { code: 'path-unusable' });
    rmSync(broken);
  });
});
