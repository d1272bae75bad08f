import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { compareVersions } from '../../src/formats/version-order.ts';
import { trixieObstacle, trixieOutput } from './trixie.ts';

const skip = trixieObstacle() ?? false;

/** The examples of the specification, and shapes that releases have. */
const VERSIONS = [
  ...['11', '122.1', '123~rc1-1', '123', '123-a', '123-a.1', '123-1', '123-1.1', '123^post1', '123.a-1', '123.1-1'],
  ...['123a-1', '124-1', '1.0~beta1', '1.0~rc2', '1.0', '1.0.1', '1.10', '1.9', '0123', '00.1', '1_0', '1+0', '(123)'],
  ...['~', '^', '-', '.', '0', 'a', '20260101', '20260101-1', '6.12.117+deb13-cloud-amd64', '6.12.107+deb13'],
];

/** Reads pairs, one word a line, and prints for each the exit status of systemd's comparison: 0, 11 (>) or 12 (<). */
const COMPARE = `while read -r a && read -r b; do systemd-analyze compare-versions -- "$a" "$b" >/dev/null; echo $?; done`;

function systemdOrder(pairs: readonly (readonly [string, string])[]): number[] {
  const input = Buffer.from(pairs.map((pair) => pair.map((version) => `${version}\n`).join('')).join(''));
  const signs: Record<string, number> = { '0': 0, '11': 1, '12': -1 };
  return trixieOutput(['sh', '-c', COMPARE], { input })
    .trimEnd()
    .split('\n')
    .map((status) => signs[status] ?? Number.NaN);
}

function assertSameOrder(pairs: readonly (readonly [string, string])[]): void {
  const ours = pairs.map(([a, b]) => Math.sign(compareVersions(a, b)));
  const theirs = systemdOrder(pairs);
  assert.equal(theirs.length, pairs.length);
  for (const [index, [a, b]] of pairs.entries()) assert.equal(ours[index], theirs[index], `“${a}” and “${b}”`);
}

test('systemd orders the examples in the same way', { skip }, () => {
  assertSameOrder(VERSIONS.flatMap((a) => VERSIONS.filter((b) => a < b).map((b) => [a, b] as const)));
});

test('systemd orders 200 pairs of arbitrary versions in the same way', { skip }, () => {
  const letters = '0019ab~-^._';
  const arbitrary = (seed: string): string => {
    const bytes = hash('sha256', seed, 'buffer');
    return [...bytes.subarray(1, 2 + (bytes[0]! % 8))].map((byte) => letters[byte % letters.length]).join('');
  };
  assertSameOrder(Array.from({ length: 200 }, (_, n) => [arbitrary(`${n} a`), arbitrary(`${n} b`)] as const));
});
