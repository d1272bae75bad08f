/**
 * Numbers of the Network Block Device protocol, as far as this server speaks it: fixed newstyle negotiation and simple replies (NetworkBlockDevice/nbd,
 * doc/proto.md, "Values"). All integers are big-endian.
 */

/** `NBDMAGIC`, then `IHAVEOPT`: how a server greets. */
export const GREETING_MAGIC = 0x4e42444d41474943n;
export const OPTION_MAGIC = 0x49484156454f5054n;
export const OPTION_REPLY_MAGIC = 0x0003e889045565a9n;
export const REQUEST_MAGIC = 0x25609513;
export const REPLY_MAGIC = 0x67446698;

/** Handshake flags, the server's and the client's alike: options may be refused without an end, and no zeros fill the old reply. */
export const FIXED_NEWSTYLE = 1 << 0;
export const NO_ZEROES = 1 << 1;

/** Options that are understood. */
export const OPTION = { exportName: 1, abort: 2, list: 3, info: 6, go: 7 } as const;

/** Replies to options. */
export const OPTION_REPLY = {
  acknowledged: 1,
  server: 2,
  information: 3,
  unsupported: 0x80000001,
  invalid: 0x80000003,
  tooBig: 0x80000009,
} as const;

/** Kinds of information about an export. */
export const INFORMATION = { export: 0, blockSize: 3 } as const;

/** What this server can do: flags, flush, FUA, trim and write-zeroes (transmission flags). */
export const TRANSMISSION_FLAGS = (1 << 0) | (1 << 2) | (1 << 3) | (1 << 5) | (1 << 6);

export const COMMAND = { read: 0, write: 1, disconnect: 2, flush: 3, trim: 4, writeZeroes: 6 } as const;

/** Command flag: the reply waits until the data is on the disk. */
export const FORCE_UNIT_ACCESS = 1 << 0;

/** Errors in replies: Linux's numbers. */
export const ERROR = { none: 0, io: 5, invalid: 22, noSpace: 28 } as const;

/** No client may send or ask for more in one request (doc/proto.md, "Block size constraints": 32 MiB is the usual bound). */
export const MAX_PAYLOAD_BYTES = 32 << 20;
/** An option's data is a name and some numbers. */
export const MAX_OPTION_BYTES = 4096;

/** The bytes of a request before its payload. */
export const REQUEST_BYTES = 28;

/** A request of the transmission phase. `cookie` is the client's, and comes back with the reply. */
export interface Request {
  readonly flags: number;
  readonly command: number;
  readonly cookie: bigint;
  readonly offset: bigint;
  readonly length: number;
}

/** Reads a request's header of {@link REQUEST_BYTES}; undefined when it is none: the conversation is then out of step and can only end. */
export function parseRequest(header: Buffer): Request | undefined {
  if (header.readUInt32BE(0) !== REQUEST_MAGIC) return undefined;
  return {
    flags: header.readUInt16BE(4),
    command: header.readUInt16BE(6),
    cookie: header.readBigUInt64BE(8),
    offset: header.readBigUInt64BE(16),
    length: header.readUInt32BE(24),
  };
}

/** A simple reply; the data of a read follows it. */
export function replyBytes(cookie: bigint, error: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(REPLY_MAGIC, 0);
  bytes.writeUInt32BE(error, 4);
  bytes.writeBigUInt64BE(cookie, 8);
  return bytes;
}

/** A reply to an option. */
export function optionReplyBytes(option: number, reply: number, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(20);
  bytes.writeBigUInt64BE(OPTION_REPLY_MAGIC, 0);
  bytes.writeUInt32BE(option, 8);
  bytes.writeUInt32BE(reply, 12);
  bytes.writeUInt32BE(data.length, 16);
  return Buffer.concat([bytes, data]);
}

/** Size and abilities of the export (NBD_INFO_EXPORT). */
export function exportInformation(size: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt16BE(INFORMATION.export, 0);
  bytes.writeBigUInt64BE(BigInt(size), 2);
  bytes.writeUInt16BE(TRANSMISSION_FLAGS, 10);
  return bytes;
}

/** Least, preferred and largest request (NBD_INFO_BLOCK_SIZE). */
export function blockSizeInformation(least: number, preferred: number): Buffer {
  const bytes = Buffer.alloc(14);
  bytes.writeUInt16BE(INFORMATION.blockSize, 0);
  bytes.writeUInt32BE(least, 2);
  bytes.writeUInt32BE(preferred, 6);
  bytes.writeUInt32BE(MAX_PAYLOAD_BYTES, 10);
  return bytes;
}
