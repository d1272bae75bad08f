import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { GREETING_MAGIC, OPTION, OPTION_MAGIC, OPTION_REPLY, REPLY_MAGIC, REQUEST_MAGIC } from './protocol.ts';
import { type SocketBytes, socketBytes } from './socket-bytes.ts';

/** A client that does what tests ask it to, right or wrong. */
export interface NbdClient {
  readonly bytes: SocketBytes;
  readonly socket: Socket;
  /** Sends a request and returns the reply's error and data; undefined when the server hangs up instead. */
  request(
    command: number,
    range: { readonly offset?: number; readonly length?: number; readonly data?: Buffer; readonly flags?: number },
  ): Promise<{ readonly error: number; readonly data: Buffer } | undefined>;
}

/** Connects and reads the greeting. */
export async function greet(path: string, flags: number): Promise<NbdClient> {
  const socket = connect(path);
  await once(socket, 'connect');
  const bytes = socketBytes(socket);
  const greeting = await bytes.read(18);
  assert.equal(greeting?.readBigUInt64BE(0), GREETING_MAGIC);
  assert.equal(greeting?.readBigUInt64BE(8), OPTION_MAGIC);
  assert.equal(greeting?.readUInt16BE(16), 3);
  const answer = Buffer.alloc(4);
  answer.writeUInt32BE(flags);
  await bytes.write(answer);
  let cookie = 0n;
  return {
    bytes,
    socket,
    async request(command, { offset = 0, length, data = Buffer.alloc(0), flags: commandFlags = 0 }) {
      const header = Buffer.alloc(28);
      header.writeUInt32BE(REQUEST_MAGIC, 0);
      header.writeUInt16BE(commandFlags, 4);
      header.writeUInt16BE(command, 6);
      cookie += 1n;
      header.writeBigUInt64BE(cookie, 8);
      header.writeBigUInt64BE(BigInt(offset), 16);
      header.writeUInt32BE(length ?? data.length, 24);
      await bytes.write(header, data);
      const reply = await bytes.read(16);
      if (reply === undefined) return undefined;
      assert.equal(reply.readUInt32BE(0), REPLY_MAGIC);
      assert.equal(reply.readBigUInt64BE(8), cookie);
      const error = reply.readUInt32BE(4);
      const read = command === 0 && error === 0 ? await bytes.read(length ?? 0) : Buffer.alloc(0);
      return { error, data: read! };
    },
  };
}

/** Sends an option and returns the replies up to the last: their kinds and data; undefined when the server hangs up. */
export async function option(
  { bytes }: NbdClient,
  kind: number,
  data: Buffer = Buffer.alloc(0),
  length: number = data.length,
): Promise<readonly { readonly reply: number; readonly data: Buffer }[] | undefined> {
  const header = Buffer.alloc(16);
  header.writeBigUInt64BE(OPTION_MAGIC, 0);
  header.writeUInt32BE(kind, 8);
  header.writeUInt32BE(length, 12);
  await bytes.write(header, data);
  const replies: { reply: number; data: Buffer }[] = [];
  for (;;) {
    const answer = await bytes.read(20);
    if (answer === undefined) return undefined;
    const reply = answer.readUInt32BE(12);
    replies.push({ reply, data: (await bytes.read(answer.readUInt32BE(16)))! });
    if (reply === OPTION_REPLY.acknowledged || reply >= 0x80000000) return replies;
  }
}

/** A client that is in the transmission phase. */
export async function connected(path: string): Promise<NbdClient> {
  const client = await greet(path, 3);
  const replies = await option(client, OPTION.go, Buffer.alloc(6));
  assert.equal(replies?.at(-1)?.reply, OPTION_REPLY.acknowledged);
  return client;
}
