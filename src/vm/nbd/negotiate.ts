import {
  blockSizeInformation,
  exportInformation,
  FIXED_NEWSTYLE,
  GREETING_MAGIC,
  MAX_OPTION_BYTES,
  NO_ZEROES,
  OPTION,
  OPTION_MAGIC,
  OPTION_REPLY,
  optionReplyBytes,
  TRANSMISSION_FLAGS,
} from './protocol.ts';
import type { SocketBytes } from './socket-bytes.ts';
import { SECTOR_BYTES } from './write-cache.ts';

/** What Linux and QEMU like to ask for at once. */
const PREFERRED_BYTES = 4096;

/**
 * The handshake with a client (doc/proto.md, "Fixed newstyle negotiation"): one export, whatever name it is asked for by, without TLS and without structured
 * replies.
 *
 * @param size bytes of the export.
 * @returns true when the client goes on to the transmission phase; false when it leaves, or does not follow the protocol.
 */
export async function negotiate(connection: SocketBytes, size: number): Promise<boolean> {
  const greeting = Buffer.alloc(18);
  greeting.writeBigUInt64BE(GREETING_MAGIC, 0);
  greeting.writeBigUInt64BE(OPTION_MAGIC, 8);
  greeting.writeUInt16BE(FIXED_NEWSTYLE | NO_ZEROES, 16);
  await connection.write(greeting);
  const flags = (await connection.read(4))?.readUInt32BE(0);
  // Flags that were not offered cannot be taken; a client of the old newstyle cannot be refused an option.
  if (flags === undefined || (flags & ~(FIXED_NEWSTYLE | NO_ZEROES)) !== 0 || (flags & FIXED_NEWSTYLE) === 0)
    return false;
  for (;;) {
    const header = await connection.read(16);
    if (header === undefined || header.readBigUInt64BE(0) !== OPTION_MAGIC) return false;
    const option = header.readUInt32BE(8);
    const length = header.readUInt32BE(12);
    if (length > MAX_OPTION_BYTES) return false;
    const data = await connection.read(length);
    if (data === undefined) return false;
    switch (option) {
      case OPTION.exportName: {
        await connection.write(exportNameReply(size, (flags & NO_ZEROES) !== 0));
        return true;
      }
      case OPTION.info:
      case OPTION.go: {
        if (!isInformationRequest(data)) {
          await connection.write(optionReplyBytes(option, OPTION_REPLY.invalid));
          continue;
        }
        const { information, acknowledged } = OPTION_REPLY;
        await connection.write(
          optionReplyBytes(option, information, exportInformation(size)),
          optionReplyBytes(option, information, blockSizeInformation(SECTOR_BYTES, PREFERRED_BYTES)),
          optionReplyBytes(option, acknowledged),
        );
        if (option === OPTION.go) return true;
        continue;
      }
      case OPTION.list: {
        // One export, its name empty: the length of the name is all there is to say.
        const replies = [optionReplyBytes(option, OPTION_REPLY.server, Buffer.alloc(4))];
        const end = optionReplyBytes(option, length === 0 ? OPTION_REPLY.acknowledged : OPTION_REPLY.invalid);
        await connection.write(...(length === 0 ? replies : []), end);
        continue;
      }
      case OPTION.abort:
        await connection.write(optionReplyBytes(option, OPTION_REPLY.acknowledged));
        return false;
      default:
        await connection.write(optionReplyBytes(option, OPTION_REPLY.unsupported));
    }
  }
}

/** The reply of the first newstyle, without magic: size and flags, and 124 zeros for who did not do without. */
function exportNameReply(size: number, noZeroes: boolean): Buffer {
  const bytes = Buffer.alloc(noZeroes ? 10 : 134);
  bytes.writeBigUInt64BE(BigInt(size), 0);
  bytes.writeUInt16BE(TRANSMISSION_FLAGS, 8);
  return bytes;
}

/** True when the data of NBD_OPT_INFO or NBD_OPT_GO is a name and a list of kinds of information, each as long as it says. */
function isInformationRequest(data: Buffer): boolean {
  if (data.length < 6) return false;
  const name = data.readUInt32BE(0);
  if (name > data.length - 6) return false;
  return data.length === 6 + name + 2 * data.readUInt16BE(4 + name);
}
