import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AshlarError } from '../../../model/error.ts';
import { scratchDirectory, writeFiles } from '../scratch.fixture.ts';
import { LEASE_MILLISECONDS, thisProcess } from './directory-lease.ts';
import { directoryWriter, openDirectoryWriter } from './directory-writer.ts';
import { systemFiles } from './system-files.ts';

test('a file is created once, in pieces or at once, and nothing is left beside it', async (t) => {
  const directory = scratchDirectory(t);
  const writer = openDirectoryWriter(directory);
  assert.equal(await writer.create('objects/ab/one', Buffer.from('first')), true);
  assert.equal(await writer.create('objects/ab/one', Buffer.from('second')), false);
  const pieces = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.from('in ');
    yield Buffer.from('pieces');
  };
  assert.equal(await writer.create('objects/cd/two', pieces()), true);
  assert.equal(readFileSync(join(directory, 'objects/ab/one'), 'utf8'), 'first');
  assert.equal(readFileSync(join(directory, 'objects/cd/two'), 'utf8'), 'in pieces');
  assert.deepEqual(readdirSync(join(directory, 'objects/ab')), ['one']);
  assert.equal(statSync(join(directory, 'objects/ab/one')).mode & 0o777, 0o644);
});

test('content that fails leaves nothing', async (t) => {
  const directory = scratchDirectory(t);
  const failing = function* (): Generator<Buffer> {
    yield Buffer.from('half');
    throw new Error('the source is gone');
  };
  await assert.rejects(openDirectoryWriter(directory).create('objects/one', failing()), /the source is gone/);
  assert.deepEqual(readdirSync(join(directory, 'objects')), []);
});

test('a disk that fills up does not hide why the work failed: the right to write is given back in silence', async (t) => {
  const directory = scratchDirectory(t);
  const files = systemFiles(directory);
  const full: typeof files = {
    ...files,
    create(path) {
      if (path.endsWith('.free')) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      return files.create(path);
    },
  };
  const lease = await directoryWriter(full).lock('publish web 1.0');
  await lease.release();
  // It counts as held, and ends with the process.
  await assert.rejects(openDirectoryWriter(directory).lock('publish web 2.0'), { code: 'repository-locked' });
});

test('a file is replaced and removed', async (t) => {
  const directory = scratchDirectory(t);
  const writer = openDirectoryWriter(directory);
  await writer.replace('metadata/timestamp.json', Buffer.from('1'));
  await writer.replace('metadata/timestamp.json', Buffer.from('2'));
  assert.equal(readFileSync(join(directory, 'metadata/timestamp.json'), 'utf8'), '2');
  await writer.remove('metadata/timestamp.json');
  await writer.remove('metadata/timestamp.json');
  assert.deepEqual(readdirSync(join(directory, 'metadata')), []);
});

test('files are listed below a folder, drafts are not', async (t) => {
  const directory = scratchDirectory(t);
  writeFiles(directory, { 'objects/ab/one': 'x', 'objects/two': 'yy', 'packs/three': '', 'objects/.new.1.2.abc': 'z' });
  const listed: string[] = [];
  for await (const { path, size } of openDirectoryWriter(directory).list('objects')) listed.push(`${path} ${size}`);
  assert.deepEqual(listed.sort(), ['objects/ab/one 1', 'objects/two 2']);
});

/** The one lease that lies in a directory. */
function leaseOf(directory: string): string {
  const leases = readdirSync(directory).filter((name) => /^\.lease\.\d+$/.test(name));
  assert.equal(leases.length, 1);
  return join(directory, leases[0]!);
}

test('one at a time may write; the other is told who and since when', async (t) => {
  const directory = scratchDirectory(t);
  const lease = await openDirectoryWriter(directory).lock('publish web 2.0');
  await assert.rejects(openDirectoryWriter(directory).lock('publish web 3.0'), (error) => {
    assert.ok(error instanceof AshlarError);
    assert.equal(error.code, 'repository-locked');
    assert.match(error.message, /publish web 2\.0 \(process \d+ on /);
    return true;
  });
  await lease.renew();
  await lease.release();
  await (await openDirectoryWriter(directory).lock('publish web 3.0')).release();
  assert.deepEqual(readdirSync(directory), ['.lease.2', '.lease.2.free']);
});

test('the lease of a process that was killed is taken at once, and its drafts are swept', async (t) => {
  const directory = scratchDirectory(t);
  const program = `
    import { openDirectoryWriter } from ${JSON.stringify(join(import.meta.dirname, 'directory-writer.ts'))};
    const writer = openDirectoryWriter(${JSON.stringify(directory)});
    await writer.lock('the killed one');
    const endless = async function* () {
      yield Buffer.from('half of it');
      console.log('ready');
      await new Promise((resolve) => setTimeout(resolve, 1e6));
    };
    await writer.create('objects/ab/one', endless());`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  await assert.rejects(openDirectoryWriter(directory).lock('an impatient one'), { code: 'repository-locked' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(readdirSync(join(directory, 'objects/ab')).length, 1);
  const lease = await openDirectoryWriter(directory).lock('the next one');
  assert.deepEqual(readdirSync(join(directory, 'objects/ab')), []);
  await lease.release();
});

test('a lease of another host ends with time alone, and who lost it is told before writing on', async (t) => {
  const directory = scratchDirectory(t);
  const elsewhere = directoryWriter(systemFiles(directory), { ...thisProcess(), host: 'elsewhere', pid: 999_999_999 });
  const lost = await elsewhere.lock('publish from elsewhere');
  const here = openDirectoryWriter(directory);
  await assert.rejects(here.lock('publish'), { code: 'repository-locked' });
  const longAgo = new Date(Date.now() - LEASE_MILLISECONDS - 60_000);
  utimesSync(leaseOf(directory), longAgo, longAgo);
  const lease = await here.lock('publish');
  await assert.rejects(lost.renew(), { code: 'repository-locked' });
  // Giving back what one no longer has takes nothing from the other.
  await lost.release();
  await lease.renew();
  await lease.release();
});

test('a renewed lease is young again', async (t) => {
  const directory = scratchDirectory(t);
  const elsewhere = directoryWriter(systemFiles(directory), { ...thisProcess(), host: 'elsewhere' });
  const lease = await elsewhere.lock('publish from elsewhere');
  const longAgo = new Date(Date.now() - LEASE_MILLISECONDS - 60_000);
  utimesSync(leaseOf(directory), longAgo, longAgo);
  await lease.renew();
  await assert.rejects(openDirectoryWriter(directory).lock('publish'), { code: 'repository-locked' });
  await lease.release();
});

test('a lease that is damaged counts by its age', async (t) => {
  const directory = scratchDirectory(t);
  writeFileSync(join(directory, '.lease.7'), '{"token":');
  await assert.rejects(openDirectoryWriter(directory).lock('publish'), { code: 'repository-locked' });
  const longAgo = new Date(Date.now() - LEASE_MILLISECONDS - 60_000);
  utimesSync(leaseOf(directory), longAgo, longAgo);
  await (await openDirectoryWriter(directory).lock('publish')).release();
});

test('of many processes that want the lease of a dead one, one at a time has it', async (t) => {
  const directory = scratchDirectory(t);
  const program = `
    import { appendFileSync } from 'node:fs';
    import { openDirectoryWriter } from ${JSON.stringify(join(import.meta.dirname, 'directory-writer.ts'))};
    const log = ${JSON.stringify(join(directory, 'log'))};
    const writer = openDirectoryWriter(${JSON.stringify(directory)});
    for (let held = 0; held < 20;) {
      try {
        const lease = await writer.lock('publish');
        appendFileSync(log, '(');
        await lease.renew();
        appendFileSync(log, ')');
        held++;
        await lease.release();
      } catch (error) {
        if (error.code !== 'repository-locked') throw error;
        await new Promise(setImmediate);
      }
    }`;
  writeFileSync(
    join(directory, '.lease.1'),
    JSON.stringify({ token: 'x', owner: 'dead', ...thisProcess(), pid: 999_999_999 }),
  );
  const running = [1, 2, 3].map(() =>
    spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' }),
  );
  const exits = await Promise.all(running.map((child) => once(child, 'exit')));
  assert.deepEqual(
    exits.map(([code]) => code),
    [0, 0, 0],
  );
  assert.equal(readFileSync(join(directory, 'log'), 'utf8'), '()'.repeat(60));
});

test('a place that may not be written', { skip: process.getuid?.() === 0 }, async (t) => {
  const directory = scratchDirectory(t);
  chmodSync(directory, 0o555);
  await assert.rejects(openDirectoryWriter(directory).create('file', Buffer.alloc(1)), {
    code: 'repository-not-writable',
  });
});

test('a file where a folder should be', async (t) => {
  const directory = scratchDirectory(t);
  writeFileSync(join(directory, 'objects'), '');
  await assert.rejects(openDirectoryWriter(directory).create('objects/one', Buffer.alloc(1)), (error) => {
    assert.ok(error instanceof AshlarError);
    return error.code === 'repository-not-writable';
  });
});

const mayMount = spawnSync('unshare', ['--mount', 'true']).status === 0;

test('a full disk is said so, and what was there before stays', { skip: !mayMount }, (t) => {
  const directory = scratchDirectory(t);
  mkdirSync(join(directory, 'small'));
  const program = `
    import { openDirectoryWriter } from ${JSON.stringify(join(import.meta.dirname, 'directory-writer.ts'))};
    const writer = openDirectoryWriter('small');
    await writer.create('packs/kept', Buffer.alloc(1000, 1));
    try {
      for (let i = 0; i < 64; i++) await writer.create('packs/' + i, Buffer.alloc(65536, i));
    } catch (error) {
      const kept = await writer.read('packs/kept', { maxBytes: 1000 });
      const { readdirSync } = await import('node:fs');
      console.log(JSON.stringify([error.code, kept.length, readdirSync('small/packs').filter((name) => name.startsWith('.'))]));
    }`;
  const script = 'cd "$1" && mount -t tmpfs -o size=1m tmpfs small && exec "$2" --input-type=module -e "$3"';
  const ran = spawnSync('unshare', ['--mount', 'sh', '-c', script, 'sh', directory, process.execPath, program]);
  assert.deepEqual(JSON.parse(ran.stdout.toString()), ['disk-full', 1000, []], ran.stderr.toString());
});
