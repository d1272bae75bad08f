/** Our disk server, judged by QEMU's own client and its tools: negotiation, reads and writes of all kinds, and what they read back. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { promisify } from 'node:util';
import { randomFrom } from '../../src/model/random.ts';
import { type NbdServer, serveDisk } from '../../src/vm/nbd/nbd-server.ts';
import { trixieCommand, trixieObstacle } from './trixie.ts';

const skip = trixieObstacle() ?? false;
const MEBIBYTE = 1024 ** 2;
const DISK_BYTES = 64 * MEBIBYTE;

let folder: string;
let server: NbdServer;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nbd-'));
  const image = join(folder, 'disk.raw');
  writeFileSync(image, '');
  truncateSync(image, DISK_BYTES);
  server = await serveDisk(image, folder);
});
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Not with spawnSync: the server must answer meanwhile. */
async function trixie(argv: readonly string[]): Promise<string> {
  const { command, env } = trixieCommand(argv, { binds: [folder] });
  const [program, ...words] = command;
  const { stdout } = await promisify(execFile)(program, words, { env });
  return stdout;
}

const url = (): string => `nbd+unix:///?socket=${server.socket}`;

test('qemu-img sees a raw disk of its size', { skip }, async () => {
  const info: unknown = JSON.parse(await trixie(['qemu-img', 'info', '-f', 'raw', '--output=json', url()]));
  assert.ok(typeof info === 'object' && info !== null && 'virtual-size' in info);
  assert.equal(info['virtual-size'], DISK_BYTES);
});

test('qemu-io writes, discards, zeroes, flushes, and reads what it wrote', { skip }, async () => {
  const commands = [
    'write -P 0xab 1M 3M',
    'read -P 0xab 1M 3M',
    'discard 1M 1M',
    'write -z 2M 1M',
    'read -P 0 2M 1M',
    'read -P 0xab 3M 1M',
    'write -f -P 0x11 0 4k',
    'aio_write -P 0x33 10M 20M',
    'aio_write -P 0x44 40M 8M',
    'aio_flush',
    'flush',
    'read -P 0x33 10M 20M',
    'read -P 0x44 40M 8M',
  ];
  const said = await trixie(['qemu-io', '-f', 'raw', ...commands.flatMap((command) => ['-c', command]), url()]);
  assert.doesNotMatch(said, /failed|error/i);
  const image = readFileSync(server.image);
  assert.ok(image.subarray(0, 4096).every((byte) => byte === 0x11));
  assert.ok(image.subarray(40 * MEBIBYTE, 48 * MEBIBYTE).every((byte) => byte === 0x44));
});

test('a copy through it is equal, bit by bit', { skip }, async () => {
  const random = randomFrom(7);
  const source = join(folder, 'source.raw');
  writeFileSync(source, Buffer.from(Array.from({ length: 3 * MEBIBYTE }, () => random.below(256))));
  truncateSync(source, DISK_BYTES);
  await trixie(['qemu-img', 'convert', '-n', '-f', 'raw', '-O', 'raw', source, url()]);
  assert.match(await trixie(['qemu-img', 'compare', '-f', 'raw', '-F', 'raw', source, url()]), /identical/);
});
