import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkErofs } from '../../src/formats/erofs/check-erofs.ts';
import { openErofs } from '../../src/formats/erofs/erofs-image.ts';
import { readContent } from '../../src/formats/erofs/read-content.ts';
import { readXattrs } from '../../src/formats/erofs/read-xattrs.ts';
import { walkErofs } from '../../src/formats/erofs/walk-erofs.ts';
import { readAtOf } from '../../src/formats/read-at.ts';
import { referenceImages } from './targets/reference-images.ts';

/** Everything in an image that does not depend on how it is laid out. */
function contents(image: Buffer): unknown[] {
  const opened = openErofs(readAtOf(image), image.length);
  return [...walkErofs(opened)].map(({ path, inode, linkTo }) => ({
    path,
    linkTo,
    mode: inode.mode,
    links: inode.links,
    xattrs: [...readXattrs(opened, inode)],
    bytes:
      inode.type === 'file'
        ? Buffer.concat(
            [...readContent(opened, inode)].map((piece) =>
              piece.kind === 'data' ? piece.bytes : Buffer.alloc(piece.size),
            ),
          )
        : undefined,
  }));
}

test('images of one tree, laid out in six ways by mkfs.erofs, hold the same and are sound', () => {
  const images = referenceImages();
  assert.equal(images.length, 6);
  const [first, ...others] = images.map(contents);
  for (const other of others) assert.deepEqual(other, first);
  for (const image of images) {
    const steps = checkErofs(readAtOf(image), image.length);
    let step = steps.next();
    while (step.done !== true) step = steps.next();
    assert.deepEqual(step.value.findings, []);
  }
});
