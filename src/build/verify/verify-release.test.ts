import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { documentBytes, type Manifest } from '../../model/manifest.ts';
import { SILENT } from '../../model/progress.ts';
import { sampleRelease } from '../disk/sample-release.ts';
import { openImage } from './open-image.ts';
import { readManifest, verifyRelease } from './verify-release.ts';

/** The boot image of the sample is none. */
const OF_THE_SAMPLE = 'boot-image';

function scratch(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'ashlar-verify-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function writeManifest(directory: string, manifest: Manifest): void {
  writeFileSync(join(directory, 'manifest.json'), documentBytes(manifest));
}

async function rulesBroken(directory: string): Promise<string[]> {
  const { findings } = await verifyRelease(directory, { progress: SILENT });
  return findings.map(({ rule, path }) => `${rule} ${path}`);
}

test('what is whole holds; a boot image that is none is a finding', async (t) => {
  const directory = scratch(t);
  writeManifest(directory, sampleRelease(directory));
  assert.deepEqual(await rulesBroken(directory), [`${OF_THE_SAMPLE} sample_1.0.0.efi`]);
});

test('a changed byte of the image is found twice: by the hash of the file, and by the block', async (t) => {
  const directory = scratch(t);
  writeManifest(directory, sampleRelease(directory));
  const image = readFileSync(join(directory, 'root.erofs'));
  image[123_456]! ^= 1;
  writeFileSync(join(directory, 'root.erofs'), image);
  assert.deepEqual(await rulesBroken(directory), [
    'file-digest root.erofs',
    'block-refused root.erofs',
    `${OF_THE_SAMPLE} sample_1.0.0.efi`,
  ]);
});

test('a device that never ends, in the place of an empty file, is not read', async (t) => {
  const directory = scratch(t);
  const manifest = sampleRelease(directory);
  const loader = { ...manifest.boot.loader, size: 0 };
  writeManifest(directory, { ...manifest, boot: { ...manifest.boot, loader } });
  rmSync(join(directory, loader.name));
  symlinkSync('/dev/zero', join(directory, loader.name));
  assert.ok((await rulesBroken(directory)).includes(`file-kind ${loader.name}`));
});

test('a pipe is not waited for', (t) => {
  const pipe = join(scratch(t), 'pipe');
  execFileSync('mkfifo', [pipe]);
  for (const path of [pipe, '/dev/zero']) assert.throws(() => openImage(path), { code: 'path-unusable' });
});

test('where no release is, those below are named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-no-release-'));
  try {
    assert.throws(() => readManifest(folder), { code: 'release-not-found', hint: /^Name the directory of a release/ });
    mkdirSync(join(folder, 'out/web/1.0.0'), { recursive: true });
    writeFileSync(join(folder, 'out/web/1.0.0/manifest.json'), '{}');
    for (const place of ['', 'out', 'out/web']) {
      assert.throws(() => readManifest(join(folder, place)), {
        hint: `There is ${join(folder, 'out/web/1.0.0')} below it; \`ashlar build\` makes one.`,
      });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
