import type { Socket } from 'node:net';

/** A connection read in the pieces that its protocol asks for. */
export interface SocketBytes {
  /** The next `length` bytes; undefined when the connection ends before. */
  read(length: number): Promise<Buffer | undefined>;
  /** Sends `pieces`; resolves when more may be sent, or the connection has ended. */
  write(...pieces: readonly Uint8Array[]): Promise<void>;
}

export function socketBytes(socket: Socket): SocketBytes {
  let ended = false;
  let wake: (() => void) | undefined;
  const look = (): void => wake?.();
  const end = (): void => {
    ended = true;
    look();
  };
  socket.on('readable', look).on('drain', look).on('end', look);
  // What went wrong does not matter: the connection is gone, which `close` says as well.
  socket.on('error', () => {}).on('close', end);
  const changed = async (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = resolve;
    await promise;
  };
  return {
    async read(length) {
      if (length === 0) return Buffer.alloc(0);
      for (;;) {
        const bytes: Buffer | null = socket.read(length);
        // At its end a stream gives what is left, which is less.
        if (bytes !== null) return bytes.length === length ? bytes : undefined;
        if (ended || socket.readableEnded) return undefined;
        await changed();
      }
    },
    async write(...pieces) {
      if (ended) return;
      socket.cork();
      for (const piece of pieces) socket.write(piece);
      socket.uncork();
      while (socket.writableNeedDrain && !ended) await changed();
    },
  };
}
