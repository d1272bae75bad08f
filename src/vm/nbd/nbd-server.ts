import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Random } from '../../model/random.ts';
import { makeMachineDirectory } from '../machine-directory.ts';
import { negotiate } from './negotiate.ts';
import {
  COMMAND,
  ERROR,
  FORCE_UNIT_ACCESS,
  MAX_PAYLOAD_BYTES,
  parseRequest,
  REQUEST_BYTES,
  type Request,
  replyBytes,
} from './protocol.ts';
import { type SocketBytes, socketBytes } from './socket-bytes.ts';
import { openVolatileDisk, type VolatileDisk } from './volatile-disk.ts';
import type { Survivors } from './write-cache.ts';

/** What a disk has been asked for since it was opened. */
export interface DiskTraffic {
  readonly writes: number;
  readonly flushes: number;
  /** Bytes of content that were written. */
  readonly bytes: number;
}

/**
 * When the power goes: with the `count`th write or flush, or with the write that brings the content written to `count` bytes. That request itself is not
 * answered any more.
 */
export interface CutPoint {
  readonly after: 'writes' | 'flushes' | 'bytes';
  readonly count: number;
  /** Counted is from the request on after which so many bytes of content have been written; from now on when absent. */
  readonly beyondBytes?: number;
}

/** A power cut that has happened. */
export interface PowerCut extends Survivors {
  readonly traffic: DiskTraffic;
}

/** A disk for a virtual machine whose power can be cut: a Network Block Device on a Unix socket, over a raw image. */
export interface NbdServer extends AsyncDisposable {
  /** The path of its socket. */
  readonly socket: string;
  readonly image: string;
  traffic(): DiskTraffic;
  /**
   * Cuts the power at `point`: nothing is answered from then on; `kill` ends the machine; what the cache held is kept, torn or lost as `random` says; and
   * the disk is there again for the next machine. Only one cut at a time can be waited for.
   *
   * @param kill ends the client; a guest must not see its disk go before its power does.
   * @throws the signal's reason when it is aborted before the cut.
   */
  cutAt(point: CutPoint, kill: () => Promise<unknown>, random: Random, signal?: AbortSignal): Promise<PowerCut>;
  close(): Promise<void>;
}

/** What is to happen at which request. */
interface ArmedCut {
  readonly after: CutPoint['after'];
  /** Bytes of content until counting begins. */
  before: number;
  left: number;
  readonly reached: () => void;
}

/**
 * Serves `image` on a Unix socket in a directory of its own, which only its owner may enter.
 *
 * @param image raw; it is written to, and holds all that a flush has covered.
 * @param parent the folder for that directory: a short path, as the name of a socket has at most 107 bytes (unix(7)).
 */
export async function serveDisk(image: string, parent: string = tmpdir()): Promise<NbdServer> {
  const disk = await openVolatileDisk(image);
  const directory = makeMachineDirectory(parent);
  const socket = join(directory.path, 'disk.sock');
  const connections = new Set<Socket>();
  const traffic = { writes: 0, flushes: 0, bytes: 0 };
  let armed: ArmedCut | undefined;
  /** Requests are worked on one after another, also those of several connections. */
  let work: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(task: () => Promise<Result>): Promise<Result> => {
    const done = work.then(task);
    work = done.catch(() => {});
    return done;
  };
  /** Without power nobody is answered. */
  let powered = true;

  /** True when the power goes with this request. */
  const isLast: CountDown = (counts) => {
    if (armed === undefined) return false;
    if (armed.before > 0) {
      armed.before -= counts.bytes ?? 0;
      return false;
    }
    armed.left -= counts[armed.after] ?? 0;
    if (armed.left > 0) return false;
    powered = false;
    armed.reached();
    return true;
  };

  const serve = async (connection: SocketBytes): Promise<void> => {
    if (!(await negotiate(connection, disk.size))) return;
    for (;;) {
      const header = await connection.read(REQUEST_BYTES);
      const request = header === undefined ? undefined : parseRequest(header);
      if (request === undefined || request.command === COMMAND.disconnect) return;
      // A write's payload must be read in any case: the next request comes after it.
      if (request.command === COMMAND.write && request.length > MAX_PAYLOAD_BYTES) return;
      const payload = request.command === COMMAND.write ? await connection.read(request.length) : undefined;
      if (request.command === COMMAND.write && payload === undefined) return;
      const reply = await inTurn(async () => (powered ? answer(disk, request, payload, traffic, isLast) : undefined));
      if (reply !== undefined) await connection.write(replyBytes(request.cookie, reply.error), ...reply.data);
    }
  };

  const server = createServer((connection) => {
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
    void serve(socketBytes(connection)).finally(() => connection.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(socket, resolve);
  });

  const close = async (): Promise<void> => {
    for (const connection of connections) connection.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
    await inTurn(() => disk.flush());
    await disk.close();
    directory.remove();
  };

  return {
    socket,
    image,
    traffic: () => ({ ...traffic }),
    async cutAt({ after, count, beyondBytes = 0 }, kill, random, signal) {
      signal?.throwIfAborted();
      const reached = Promise.withResolvers<void>();
      const abort = (): void => reached.reject(signal?.reason);
      signal?.addEventListener('abort', abort, { once: true });
      armed = { after, before: beyondBytes, left: count, reached: reached.resolve };
      try {
        await reached.promise;
      } finally {
        armed = undefined;
        signal?.removeEventListener('abort', abort);
      }
      await kill();
      for (const connection of connections) connection.destroy();
      const survivors = await inTurn(() => disk.cut(random));
      powered = true;
      return { ...survivors, traffic: { ...traffic } };
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Counts a request towards the cut that is waited for; true when the power goes with it. */
type CountDown = (counts: Partial<Record<CutPoint['after'], number>>) => boolean;

interface Answer {
  readonly error: number;
  readonly data: readonly Buffer[];
}

/** Does what `request` asks for; undefined when the power went with it. */
async function answer(
  disk: VolatileDisk,
  request: Request,
  payload: Buffer | undefined,
  traffic: { -readonly [Key in keyof DiskTraffic]: DiskTraffic[Key] },
  isLast: CountDown,
): Promise<Answer | undefined> {
  const { command, flags, length } = request;
  const done = (error: number, ...data: readonly Buffer[]): Answer => ({ error, data });
  const isOutside = request.offset + BigInt(length) > BigInt(disk.size);
  const offset = Number(request.offset);
  const durable = (flags & FORCE_UNIT_ACCESS) !== 0;
  try {
    switch (command) {
      case COMMAND.read:
        if (isOutside || length > MAX_PAYLOAD_BYTES) return done(ERROR.invalid);
        return done(ERROR.none, await disk.read(offset, length));
      case COMMAND.write:
      case COMMAND.trim:
      case COMMAND.writeZeroes: {
        if (isOutside) return done(command === COMMAND.trim ? ERROR.invalid : ERROR.noSpace);
        traffic.writes += 1;
        traffic.bytes += payload?.length ?? 0;
        const last = isLast({ writes: 1, bytes: payload?.length ?? 0 });
        // The write that the power goes with was on its way: the cache has it, as a write that is not durable.
        await disk.write({ offset, length, bytes: payload }, durable && !last);
        return last ? undefined : done(ERROR.none);
      }
      case COMMAND.flush:
        traffic.flushes += 1;
        if (isLast({ flushes: 1 })) return undefined;
        await disk.flush();
        return done(ERROR.none);
      default:
        return done(ERROR.invalid);
    }
  } catch {
    return done(ERROR.io);
  }
}
