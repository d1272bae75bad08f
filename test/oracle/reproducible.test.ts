import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { sha256 } from '../../src/model/digest.ts';
import { giveToStranger, runElsewhere } from './elsewhere.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const MAIN = join(REPOSITORY, 'src/cli/main.ts');
/** A name that a program must quote, and not mistake for an option. */
const FAR = "far away/-o'clock";

let directory: string;
let release: Map<string, string>;

/** The release in `out` by file name and SHA-256: what differs is then told by name. */
function filesOf(out: string): Map<string, string> {
  const path = join(out, 'minimal/1.0.0');
  return new Map(
    readdirSync(path)
      .sort()
      .map((name) => [name, sha256(readFileSync(join(path, name)))]),
  );
}

function build(store: string, out: string): void {
  const argv = [MAIN, 'build', join(directory, 'definition'), '--out', out];
  const { status, stderr } = spawnSync(process.execPath, argv, {
    encoding: 'utf8',
    env: { ...process.env, ASHLAR_STORE: store },
  });
  assert.equal(status, 0, stderr);
}

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'ashlar-reproducible-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  chmodSync(directory, 0o755);
  cpSync(join(REPOSITORY, 'examples/minimal'), join(directory, 'definition'), {
    recursive: true,
    filter: (path) => !path.endsWith('ashlar.lock'),
  });
  // The first build makes the lock.
  build(join(directory, 'store'), join(directory, 'out'));
  release = filesOf(join(directory, 'out'));
  assert.ok(release.has('manifest.json') && release.has('root.erofs') && release.size >= 9, [...release.keys()].join());
});

test('a store that knows everything, and the lock with its pinned ids: the same bytes', () => {
  build(join(directory, 'store'), join(directory, 'again'));
  assert.deepEqual(filesOf(join(directory, 'again')), release);
});

test('elsewhere, at another hour, without privileges and from the packages alone: the same bytes', () => {
  const far = join(directory, FAR);
  mkdirSync(far, { recursive: true });
  cpSync(join(directory, 'definition'), join(far, 'definition'), { recursive: true });
  // Packages only: whatever was composed, compressed or recorded is made again.
  const lock = JSON.parse(readFileSync(join(far, 'definition/ashlar.lock'), 'utf8')) as {
    packages: { sha256: string }[];
  };
  for (const { sha256: digest } of lock.packages) {
    const object = join('objects', digest.slice(0, 2), digest.slice(2));
    cpSync(join(directory, 'store', object), join(far, 'store', object));
  }
  giveToStranger(join(directory, 'far away'));
  const argv = ['faketime', '-f', '+29h', process.execPath, MAIN, 'build', 'definition', '--out', 'out'];
  const { status, stderr } = runElsewhere(argv, far, { ASHLAR_STORE: join(far, 'store') });
  assert.equal(status, 0, stderr);
  assert.deepEqual(filesOf(join(far, 'out')), release);
});
