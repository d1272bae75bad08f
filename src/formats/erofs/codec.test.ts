import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codecId, parseCodec } from './codec.ts';

test('what a person writes', () => {
  assert.deepEqual(parseCodec('none'), { algorithm: 'none' });
  assert.deepEqual(parseCodec('lz4'), { algorithm: 'lz4' });
  assert.deepEqual(parseCodec('zstd'), { algorithm: 'zstd', level: 3 });
  assert.deepEqual(parseCodec('zstd:19'), { algorithm: 'zstd', level: 19 });
  for (const text of ['', 'gzip', 'zstd:', 'zstd:0', 'zstd:23', 'zstd:3x', 'lz4:9', 'ZSTD']) {
    assert.throws(() => parseCodec(text), { code: 'usage' }, text);
  }
});

test('each codec has its own cache key', () => {
  const ids = ['none', 'lz4', 'zstd:3', 'zstd:9'].map((text) => codecId(parseCodec(text)));
  assert.equal(new Set(ids).size, ids.length);
});
