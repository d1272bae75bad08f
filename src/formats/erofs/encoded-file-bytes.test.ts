import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeFile } from './encode-file.ts';
import { parseEncodedFile, parseEncodedShape, serializeEncodedFile } from './encoded-file-bytes.ts';

const TEXT = Buffer.from(
  'stone cut square so exactly that the wall needs no mortar\n'.repeat(5000).replaceAll(/o/g, (_, at) => `${at}`),
);

const FILES = [
  encodeFile(Buffer.alloc(0), { algorithm: 'none' }),
  encodeFile(TEXT, { algorithm: 'none' }),
  encodeFile(TEXT, { algorithm: 'lz4' }),
  encodeFile(TEXT, { algorithm: 'zstd', level: 3 }),
];

test('comes back as it was', () => {
  for (const file of FILES) {
    const bytes = serializeEncodedFile(file);
    assert.deepEqual(parseEncodedFile(bytes), file);
    assert.deepEqual(parseEncodedShape(bytes), file.shape);
  }
});

test('the shape needs only the beginning', () => {
  const file = FILES[3]!;
  const bytes = serializeEncodedFile(file);
  assert.deepEqual(
    parseEncodedShape(bytes.subarray(0, bytes.length - file.data.length - file.tail.length)),
    file.shape,
  );
});

test('damage is seen, wherever it is', () => {
  const bytes = serializeEncodedFile(FILES[2]!);
  for (let at = 0; at < bytes.length; at += 1 + Math.floor(at / 50)) {
    const damaged = Buffer.from(bytes);
    damaged[at]! ^= 0x10;
    assert.equal(parseEncodedFile(damaged), undefined, `byte ${at}`);
  }
  for (const length of [0, 10, 67, 68, 100, bytes.length - 1]) {
    assert.equal(parseEncodedFile(bytes.subarray(0, length)), undefined, `${length} bytes`);
  }
});
