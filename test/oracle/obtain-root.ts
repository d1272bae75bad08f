import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalImage } from '../../src/agent/blocks/local-image.ts';
import { newImageOf } from '../../src/agent/blocks/new-image.ts';
import { planBlocks } from '../../src/agent/blocks/plan-blocks.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { openHttpReader } from '../../src/store/transport/http/http-reader.ts';

/** A release in its directory. */
export interface BuiltRelease {
  readonly directory: string;
  readonly manifest: Manifest;
}

/** Obtains the root image of a release as a device does whose slots hold `held`, and makes sure that it is the one that was built. */
export async function obtainRoot(
  url: string,
  { manifest }: BuiltRelease,
  held: readonly BuiltRelease[],
): Promise<void> {
  const tree = Buffer.alloc(manifest.root.tree.size);
  using slots = openSlots(held);
  const plan = await planBlocks({
    reader: openHttpReader(url),
    image: newImageOf(manifest),
    locals: slots.images,
    tree: {
      read: (offset, length) => Buffer.from(tree.subarray(offset, offset + length)),
      write: (offset, bytes) => void tree.set(bytes, offset),
    },
  });
  const digest = createHash('sha256');
  for await (const bytes of plan.stream()) digest.update(bytes);
  assert.equal(digest.digest('hex'), manifest.root.image.sha256);
}

function openSlots(held: readonly BuiltRelease[]): Disposable & { readonly images: readonly LocalImage[] } {
  const files: number[] = [];
  const opened = (path: string): LocalImage['data'] => {
    const file = openSync(path, 'r');
    files.push(file);
    return (offset, length) => {
      const bytes = Buffer.alloc(length);
      assert.equal(readSync(file, bytes, 0, length, offset), length);
      return bytes;
    };
  };
  const images = held.map(({ directory, manifest: { root } }) => ({
    name: 'slot',
    data: opened(join(directory, root.image.name)),
    dataBytes: root.image.size,
    tree: opened(join(directory, root.tree.name)),
    treeBytes: root.tree.size,
  }));
  return {
    images,
    [Symbol.dispose]: () => {
      for (const file of files) closeSync(file);
    },
  };
}
