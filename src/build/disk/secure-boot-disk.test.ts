import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { type FatDirectoryNode, type FatNode, readFat32, readFatFile } from '../../formats/fat/read-fat32.ts';
import { parsePartitionTable } from '../../formats/gpt/parse-table.ts';
import { samplePe } from '../../formats/pe/sample-pe.fixture.ts';
import { sha256 } from '../../model/digest.ts';
import type { Manifest, ReleaseFile } from '../../model/manifest.ts';
import { judgeBootImage } from '../../trust/secure-boot/judge-boot-image.ts';
import { readSecureBootSigner } from '../../trust/secure-boot/read-secure-boot-signer.ts';
import { type SampleKeys, sampleKeys } from '../../trust/secure-boot/sample-keys.fixture.ts';
import { signRelease } from '../../trust/secure-boot/sign-release.ts';
import { openImage } from '../verify/open-image.ts';
import { sampleRelease } from './sample-release.ts';
import { secureBootDisk } from './secure-boot-disk.ts';
import { writeDiskImage } from './write-disk-image.ts';

let keys: SampleKeys;
let directory: string;
let manifest: Manifest;
before(async () => {
  keys = await sampleKeys();
  directory = mkdtempSync(join(tmpdir(), 'secure-boot-disk-'));
  const sample = sampleRelease(directory);
  const put = (name: string, text: string): ReleaseFile => {
    const bytes = samplePe({ sections: [{ name: '.text', content: Buffer.from(text) }] });
    writeFileSync(join(directory, name), bytes);
    return { name, size: bytes.length, sha256: sha256(bytes) };
  };
  const { uki, loader } = sample.boot;
  manifest = { ...sample, boot: { ...sample.boot, uki: put(uki.name, 'uki'), loader: put(loader.name, 'loader') } };
});
after(() => {
  keys[Symbol.dispose]();
  rmSync(directory, { recursive: true });
});

/** The files of a disk's EFI system partition, by path. */
function espOf(path: string): Map<string, Buffer> {
  const disk = openImage(path);
  try {
    const esp = parsePartitionTable(disk.readAt, disk.size).table.partitions[0]!;
    const readAt = (offset: number, length: number): Buffer => disk.readAt(esp.start + offset, length);
    const files = new Map<string, Buffer>();
    const walk = (node: FatNode, at: string): void => {
      if (node.type === 'file') files.set(at, readFatFile(readAt, node, 1 << 20)!);
      else for (const child of node.children) walk(child, `${at}/${child.name}`);
    };
    const root: FatDirectoryNode = readFat32(readAt, esp.size).root;
    walk(root, '');
    return files;
  } finally {
    disk.close();
  }
}

test('a disk that enrols keys: signed loader and boot image, the keys, and the loader told', async () => {
  const {
    manifest: signedManifest,
    signed,
    enrolment,
  } = await secureBootDisk(directory, manifest, keys.folder, keys.passphrase);
  const out = join(directory, 'disk.raw');
  await writeDiskImage({
    manifest: signedManifest,
    directory,
    signed,
    enrolment: { mode: 'if-safe', files: enrolment.files },
    out,
    durable: false,
  });
  const esp = espOf(out);
  for (const path of [
    'EFI/BOOT/BOOTX64.EFI',
    'EFI/systemd/systemd-bootx64.efi',
    `EFI/Linux/${manifest.boot.uki.name}`,
  ]) {
    assert.equal(judgeBootImage(esp.get(`/${path}`)!, enrolment).kind, 'accepted', path);
  }
  for (const [name, content] of enrolment.files) assert.ok(esp.get(`/loader/keys/auto/${name}`)?.equals(content));
  assert.match(esp.get('/loader/loader.conf')!.toString(), /\nsecure-boot-enroll if-safe\n$/);
});

test('a disk without keys says nothing of Secure Boot', async () => {
  const out = join(directory, 'plain.raw');
  await writeDiskImage({ manifest, directory, out, durable: false });
  const esp = espOf(out);
  assert.doesNotMatch(esp.get('/loader/loader.conf')!.toString(), /secure-boot/);
  assert.ok(![...esp.keys()].some((path) => path.includes('/keys/')));
});

test('a release that publishing signed is taken as it is, when the keys are those', async () => {
  const published = mkdtempSync(join(tmpdir(), 'secure-boot-disk-'));
  using others = await sampleKeys('Others');
  try {
    const release = await signRelease(
      { directory, manifest },
      readSecureBootSigner(keys.folder, 'db', keys.passphrase),
    );
    for (const [name, bytes] of release.files) writeFileSync(join(published, name), bytes);
    const same = await secureBootDisk(published, release.manifest, keys.folder, keys.passphrase);
    assert.equal(same.signed.size, 0);
    assert.equal(same.manifest, release.manifest);
    await assert.rejects(secureBootDisk(published, release.manifest, others.folder, others.passphrase), {
      code: 'boot-image-refused',
    });
  } finally {
    rmSync(published, { recursive: true });
  }
});
