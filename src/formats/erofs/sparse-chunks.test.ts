import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf } from '../../model/byte-string.ts';
import { chunkBytesOf, planSparse } from './sparse-chunks.ts';

const PATH = bytesOf('sparse');

function content(size: number, offsets: readonly number[], length = 10) {
  const extents = offsets.map((offset) => ({ offset, bytes: Buffer.alloc(length, 0x61) }));
  return { kind: 'sparse', size, extents } as const;
}

test('a small file has chunks of one block', () => {
  const plan = planSparse(content(100_000, [5, 4090, 90_000]), PATH);
  assert.equal(plan.chunkBlockBits, 0);
  assert.equal(plan.chunks, 25);
  assert.deepEqual(plan.filled, [
    { index: 0, blocks: 1 },
    { index: 1, blocks: 1 },
    { index: 21, blocks: 1 },
  ]);
});

test('terabytes cost megabytes', () => {
  const plan = planSparse(content(2 ** 44, [0, 2 ** 43]), PATH);
  assert.ok(plan.chunks * 4 + plan.dataBlocks * 4096 < 64 << 20);
});

test('nothing but a hole has no data', () => {
  assert.equal(planSparse(content(2 ** 40, []), PATH).dataBlocks, 0);
  assert.deepEqual(planSparse(content(0, []), PATH).filled, []);
});

test("a chunk has the extents' bytes and zeros around them; the file's last chunk ends with the file", () => {
  const sparse = content(1_000_000, [4090, 999_990]);
  const plan = planSparse(sparse, PATH);
  const bytes = Buffer.concat(plan.filled.map((chunk) => chunkBytesOf(sparse, plan, chunk)));
  const expected = Buffer.alloc(12_288);
  // Blocks 0, 1 and 244.
  const last = 2 * 4096 - 244 * 4096;
  expected.fill(0x61, 4090, 4100).fill(0x61, last + 999_990, last + 1_000_000);
  assert.ok(bytes.equals(expected));
});

test('extents that overlap or reach beyond the end are refused', () => {
  assert.throws(() => planSparse(content(100, [0, 5]), PATH), { code: 'tree-unsupported' });
  assert.throws(() => planSparse(content(100, [95]), PATH), { code: 'tree-unsupported' });
});

test('data spread over more than the format can index are refused, not tried', () => {
  const everywhere = Array.from({ length: 5000 }, (_, at) => at * 2 ** 35);
  assert.throws(() => planSparse(content(2 ** 48, everywhere), PATH), { code: 'tree-unsupported' });
});
