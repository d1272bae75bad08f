/** Kernel and initrd of an update come from the boot image that the device has, where they are the same; and a wrong one never goes unnoticed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { fetchBootImage } from '../../src/agent/effects/fetch-boot-image.ts';
import { formatBootEntry } from '../../src/formats/boot-entry.ts';
import { sha256 } from '../../src/model/digest.ts';
import { randomFrom } from '../../src/model/random.ts';
import { objectPath } from '../../src/model/repository.ts';
import { openDirectoryReader } from '../../src/store/transport/directory/directory-reader.ts';
import { scratchDirectory, writeFiles } from '../../src/store/transport/scratch.fixture.ts';
import { ModelDisk } from './model-disk.ts';
import { ModelEsp } from './model-esp.ts';
import { type ModelRelease, modelMachine, modelRelease } from './model-machine.ts';

const INITRD = noise(300_000);
/** Headers, and the small sections that differ between any two versions. */
const SMALL = 20_000;

function noise(bytes: number): Buffer {
  const random = randomFrom(1);
  return Buffer.from(Uint8Array.from({ length: bytes }, () => random.below(256)));
}

/** Fetches the boot image of `update` onto a device that runs `installed`; how many bytes came over the network. */
async function fetchedBytes(t: TestContext, installed: ModelRelease, update: ModelRelease): Promise<number> {
  const entry = formatBootEntry({ name: installed.name, version: installed.version, tries: undefined });
  const machine = modelMachine([{ release: installed, entry }, 'empty'], [installed, update], 2);
  const device = new ModelDisk(machine.size, [machine.sectors]);
  const esp = new ModelEsp(device, machine.esp.start, machine.esp.size, 'file-first');
  const folder = scratchDirectory(t);
  const file = { name: 'update.efi', size: update.uki.length, sha256: sha256(update.uki) };
  writeFiles(join(folder, 'repository'), { [objectPath(file.sha256)]: update.uki });
  const plain = openDirectoryReader(join(folder, 'repository'));
  let fetched = 0;
  const reader: typeof plain = {
    ...plain,
    async *readRanges(...words) {
      for await (const piece of plain.readRanges(...words)) {
        fetched += piece.bytes.length;
        yield piece;
      }
    },
  };
  const out = join(folder, 'update.efi');
  const said: string[] = [];
  const options = { reader, file, out, signal: new AbortController().signal, onBytes: () => {} };
  await fetchBootImage({ device, esp }, options, (line) => said.push(line));
  assert.ok(readFileSync(out).equals(update.uki));
  t.diagnostic(said.join('; '));
  return fetched;
}

test('an initrd that stays the same is not fetched', async (t) => {
  const fetched = await fetchedBytes(t, modelRelease('1', 'web', INITRD), modelRelease('2', 'web', INITRD));
  assert.ok(fetched < SMALL, `${fetched} bytes`);
});

test('one of the same size with other bytes is fetched after all', async (t) => {
  const other = Buffer.from(INITRD);
  other[200_000] = other[200_000]! ^ 1;
  const update = modelRelease('2', 'web', INITRD);
  const fetched = await fetchedBytes(t, modelRelease('1', 'web', other), update);
  assert.ok(fetched >= update.uki.length && fetched < update.uki.length + 2 * SMALL, `${fetched} bytes`);
});

test('one of another size is fetched, and nothing twice', async (t) => {
  const update = modelRelease('2', 'web', INITRD);
  const fetched = await fetchedBytes(t, modelRelease('1', 'web', INITRD.subarray(0, 250_000)), update);
  assert.ok(fetched >= update.uki.length && fetched < update.uki.length + SMALL, `${fetched} bytes`);
});
