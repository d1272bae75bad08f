import type { Duplex } from 'node:stream';
import { AshlarError } from '../model/error.ts';

/** Something that QEMU tells of its own accord (QEMU Machine Protocol, "Asynchronous events"). */
export interface QmpEvent {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The conversation with one QEMU over its control socket. */
export interface QmpClient {
  /**
   * Runs a command and returns its answer.
   *
   * @throws AshlarError `emulator-failed` when QEMU refuses it or goes away.
   */
  execute(command: string, commandArguments?: Readonly<Record<string, unknown>>): Promise<unknown>;
}

/** One message is one line; QEMU's longest known (`query-qmp-schema`) is a fifth of this many characters. */
const MESSAGE_LIMIT = 1 << 20;

type Answer = { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void };

/** Speaks QMP over `socket`: the greeting, the negotiation, then commands one after another. */
export function qmpClient(socket: Duplex, onEvent: (event: QmpEvent) => void): QmpClient {
  const waiting: { readonly command: string; readonly answer: Answer }[] = [];
  let unread = '';
  let gone: AshlarError | undefined;

  const leave = (why: string, cause?: unknown): void => {
    gone ??= new AshlarError('emulator-failed', `The conversation with QEMU ended: ${why}.`, {
      hint: 'The serial log of the machine may say more.',
      cause,
    });
    for (const { answer } of waiting.splice(0)) answer.reject(gone);
  };

  const take = (message: unknown): void => {
    if (!isRecord(message)) {
      leave('a message was not an object');
    } else if (typeof message['event'] === 'string') {
      onEvent({ name: message['event'], data: isRecord(message['data']) ? message['data'] : {} });
    } else if ('return' in message) {
      waiting.shift()?.answer.resolve(message['return']);
    } else if (isRecord(message['error'])) {
      const refused = waiting.shift();
      const why = String(message['error']['desc']);
      refused?.answer.reject(
        new AshlarError('emulator-failed', `QEMU refused ${refused.command}: ${why}`, {
          hint: 'This QEMU may be too old; 7.2 is known to work.',
        }),
      );
    }
  };

  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    unread += text;
    const lines = unread.split('\n');
    unread = lines.pop() ?? '';
    if (unread.length > MESSAGE_LIMIT) return leave('a message was too long');
    for (const line of lines) {
      if (line.trim() === '') continue;
      try {
        take(JSON.parse(line));
      } catch (error) {
        leave('a message was not JSON', error);
      }
    }
  });
  socket.on('error', (error) => leave(error.message, error));
  for (const end of ['end', 'close']) socket.on(end, () => leave('it closed'));

  const execute: QmpClient['execute'] = (command, commandArguments = {}) => {
    if (gone !== undefined) return Promise.reject(gone);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    waiting.push({ command, answer: { resolve, reject } });
    socket.write(JSON.stringify({ execute: command, arguments: commandArguments }) + '\n');
    return promise;
  };
  // A refusal or an end here shows in the next command as well.
  execute('qmp_capabilities').catch(() => {});
  return { execute };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
