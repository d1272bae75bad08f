import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { randomFrom } from '../../model/random.ts';
import { connected, greet, option } from './nbd-client.fixture.ts';
import { type NbdServer, serveDisk } from './nbd-server.ts';
import { COMMAND, ERROR, FORCE_UNIT_ACCESS, MAX_PAYLOAD_BYTES, OPTION, OPTION_REPLY } from './protocol.ts';

const DISK_BYTES = 4 << 20;

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'nbd-test-'));
});
after(() => rmSync(folder, { recursive: true }));

let made = 0;
async function disk(): Promise<NbdServer> {
  made += 1;
  const image = join(folder, `disk${made}.raw`);
  writeFileSync(image, '');
  truncateSync(image, DISK_BYTES);
  return serveDisk(image, folder);
}

test('negotiates by either way, tells its size, refuses what it does not know', async () => {
  await using server = await disk();
  const modern = await greet(server.socket, 3);
  assert.deepEqual(await option(modern, 8), [{ reply: OPTION_REPLY.unsupported, data: Buffer.alloc(0) }]);
  const listed = await option(modern, OPTION.list);
  assert.deepEqual(
    listed?.map(({ reply }) => reply),
    [OPTION_REPLY.server, OPTION_REPLY.acknowledged],
  );
  assert.equal((await option(modern, OPTION.list, Buffer.alloc(2)))?.at(-1)?.reply, OPTION_REPLY.invalid);
  const [size, blocks] = (await option(modern, OPTION.info, Buffer.alloc(6)))!;
  assert.equal(size!.data.readBigUInt64BE(2), BigInt(DISK_BYTES));
  assert.equal(blocks!.data.readUInt32BE(2), 512);
  const lying = Buffer.from([0, 0, 0, 9, 0, 0]);
  assert.equal((await option(modern, OPTION.go, lying))?.at(-1)?.reply, OPTION_REPLY.invalid);
  assert.equal((await option(modern, OPTION.go, Buffer.alloc(6)))?.at(-1)?.reply, OPTION_REPLY.acknowledged);
  assert.equal((await modern.request(COMMAND.flush, {}))?.error, ERROR.none);

  for (const [flags, bytes] of [
    [1, 134],
    [3, 10],
  ] as const) {
    const old = await greet(server.socket, flags);
    const named = Buffer.alloc(16);
    named.writeBigUInt64BE(0x49484156454f5054n, 0);
    named.writeUInt32BE(OPTION.exportName, 8);
    await old.bytes.write(named);
    assert.equal((await old.bytes.read(bytes))?.readBigUInt64BE(0), BigInt(DISK_BYTES));
    assert.equal((await old.request(COMMAND.flush, {}))?.error, ERROR.none);
  }
  const leaving = await greet(server.socket, 3);
  assert.equal((await option(leaving, OPTION.abort))?.at(-1)?.reply, OPTION_REPLY.acknowledged);
  assert.equal(await leaving.bytes.read(1), undefined);
});

for (const [name, attack] of [
  ['flags that were not offered', async (path: string) => (await greet(path, 0x80)).bytes.read(1)],
  ['an option that is too long', async (path: string) => option(await greet(path, 3), OPTION.go, undefined, 1 << 30)],
  [
    'a payload that is too long',
    async (path: string) => (await connected(path)).request(COMMAND.write, { length: MAX_PAYLOAD_BYTES + 1 }),
  ],
  [
    'noise instead of a request',
    async (path: string) => {
      const client = await connected(path);
      await client.bytes.write(Buffer.alloc(28, 0xff));
      return client.bytes.read(1);
    },
  ],
] as const) {
  test(`hangs up on ${name}, and serves the next client`, async () => {
    await using server = await disk();
    assert.equal(await attack(server.socket), undefined);
    assert.equal((await (await connected(server.socket)).request(COMMAND.flush, {}))?.error, ERROR.none);
  });
}

test('reads what was written; the image has it after a flush, or at once with FUA', async () => {
  await using server = await disk();
  const client = await connected(server.socket);
  const data = Buffer.alloc(8192, 'x');
  await client.request(COMMAND.write, { offset: 4096, data });
  await client.request(COMMAND.writeZeroes, { offset: 8192, length: 512 });
  const expected = Buffer.concat([Buffer.alloc(4096, 'x'), Buffer.alloc(512), Buffer.alloc(3584, 'x')]);
  assert.deepEqual((await client.request(COMMAND.read, { offset: 4096, length: 8192 }))?.data, expected);
  assert.ok(
    readFileSync(server.image).every((byte) => byte === 0),
    'held in the cache',
  );
  await client.request(COMMAND.flush, {});
  assert.deepEqual(readFileSync(server.image).subarray(4096, 12288), expected);
  await client.request(COMMAND.write, { offset: 0, data: Buffer.alloc(512, 'y'), flags: FORCE_UNIT_ACCESS });
  assert.equal(readFileSync(server.image)[0], 'y'.charCodeAt(0));
  await client.request(COMMAND.trim, { offset: 0, length: 512 });
  await client.request(COMMAND.flush, {});
  assert.equal(readFileSync(server.image)[0], 0);
  assert.deepEqual(server.traffic(), { writes: 4, flushes: 2, bytes: 8704 });
});

test('requests beyond the end are refused, and zeros make no file larger', async () => {
  await using server = await disk();
  const client = await connected(server.socket);
  const beyond = { offset: DISK_BYTES - 512, length: 1024 };
  assert.equal((await client.request(COMMAND.read, beyond))?.error, ERROR.invalid);
  assert.equal(
    (await client.request(COMMAND.write, { offset: DISK_BYTES, data: Buffer.alloc(512) }))?.error,
    ERROR.noSpace,
  );
  assert.equal((await client.request(COMMAND.writeZeroes, beyond))?.error, ERROR.noSpace);
  assert.equal((await client.request(COMMAND.trim, beyond))?.error, ERROR.invalid);
  assert.equal((await client.request(99, {}))?.error, ERROR.invalid);
  await client.request(COMMAND.writeZeroes, { length: DISK_BYTES });
  await client.request(COMMAND.flush, {});
  assert.equal(statSync(server.image).blocks, 0);
});

test('at a cut nothing is answered any more, what was flushed is there, and the disk comes back', async () => {
  await using server = await disk();
  const client = await connected(server.socket);
  await client.request(COMMAND.write, { offset: 0, data: Buffer.alloc(512, 'a') });
  await client.request(COMMAND.flush, {});
  let killed = false;
  const cut = server.cutAt(
    { after: 'writes', count: 3 },
    async () => {
      killed = true;
    },
    randomFrom(1),
  );
  const answers: (number | undefined)[] = [];
  for (const at of [1, 2, 3]) {
    const reply = await client.request(COMMAND.write, { offset: at * 4096, data: Buffer.alloc(1024, 'b') });
    answers.push(reply?.error);
  }
  assert.deepEqual(answers, [0, 0, undefined]);
  const { kept, torn, lost, traffic } = await cut;
  assert.ok(killed);
  assert.equal(kept + torn + lost, 3);
  assert.equal(traffic.writes, 4);
  const again = await connected(server.socket);
  assert.deepEqual((await again.request(COMMAND.read, { length: 512 }))?.data, Buffer.alloc(512, 'a'));
});

test('counts from where so much has been written', async () => {
  await using server = await disk();
  const client = await connected(server.socket);
  const cut = server.cutAt({ after: 'flushes', count: 2, beyondBytes: 1024 }, async () => {}, randomFrom(1));
  const answers: (number | undefined)[] = [];
  for (const command of [COMMAND.flush, COMMAND.write, COMMAND.flush, COMMAND.write, COMMAND.flush, COMMAND.flush]) {
    const data = command === COMMAND.write ? { data: Buffer.alloc(512, 'a') } : {};
    answers.push((await client.request(command, data))?.error);
  }
  assert.deepEqual(answers, [0, 0, 0, 0, 0, undefined]);
  assert.equal((await cut).traffic.flushes, 4);
});

test('a cut at a flush leaves what the flush was to save to chance; one that is not waited for ends', async () => {
  await using server = await disk();
  const client = await connected(server.socket);
  await client.request(COMMAND.write, { data: Buffer.alloc(512, 'a') });
  const cut = server.cutAt({ after: 'flushes', count: 1 }, async () => {}, randomFrom(7));
  assert.equal(await client.request(COMMAND.flush, {}), undefined);
  const { kept, torn, lost } = await cut;
  assert.equal(kept + torn + lost, 1);
  const controller = new AbortController();
  const never = server.cutAt({ after: 'writes', count: 1 }, async () => {}, randomFrom(7), controller.signal);
  controller.abort(new Error('enough'));
  await assert.rejects(never, /enough/);
});
