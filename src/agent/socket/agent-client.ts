import { type IncomingMessage, request } from 'node:http';
import { AshlarError } from '../../model/error.ts';
import { ERROR_CODES, type ErrorCode } from '../../model/error-codes.ts';
import { errorSchema } from './agent-api.ts';

/** Asks the agent that listens on a Unix socket. */
export interface AgentClient {
  /** The document that is answered. Throws the agent's own error, or `agent-unreachable`. */
  ask(method: 'GET' | 'POST', route: string, body?: object): Promise<unknown>;
  /** The lines of an answer, as they come. */
  follow(route: string, body: object, signal?: AbortSignal): AsyncIterable<unknown>;
}

/** No document of the agent is longer. */
const MAX_DOCUMENT_CHARACTERS = 16 << 20;

export function agentClient(socketPath: string): AgentClient {
  const send = (method: string, path: string, body: object | undefined, signal?: AbortSignal) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const options = { socketPath, method, path, ...(signal === undefined ? {} : { signal }) };
      const asked = request(options, resolve);
      asked.once('error', (error) => reject(unreachable(socketPath, error)));
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  return {
    async ask(method, route, body) {
      let text = '';
      for await (const piece of (await send(method, route, body)).setEncoding('utf8')) {
        text += String(piece);
        if (text.length > MAX_DOCUMENT_CHARACTERS) throw unreachable(socketPath, new Error('its answer has no end'));
      }
      return refuseErrors(parse(text));
    },
    async *follow(route, body, signal) {
      let rest = '';
      for await (const piece of (await send('POST', route, body, signal)).setEncoding('utf8')) {
        const lines = (rest + String(piece)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) yield refuseErrors(parse(line));
      }
      if (rest !== '') yield refuseErrors(parse(rest));
    },
  };
}

/**
 * Words of many mouths come from the agent: kernel messages with names of processes, reasons of locks that anybody may take, answers of servers.
 * None of them may steer the terminal of whoever reads them (ECMA-48), or turn the direction of the text.
 */
function parse(text: string): unknown {
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === 'string'
      ? value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => (c === '\n' ? c : '\ufffd'))
      : value,
  );
}

/** What the agent says instead of an answer is thrown here as it was there. */
function refuseErrors(document: unknown): unknown {
  const { data } = errorSchema.safeParse(document);
  if (data === undefined) return document;
  const { code, message, hint } = data.error;
  throw new AshlarError(isErrorCode(code) ? code : 'internal', message, { hint });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}

function unreachable(path: string, cause: Error): AshlarError {
  const code = 'code' in cause ? String(cause.code) : '';
  if (code === 'EACCES' || code === 'EPERM') {
    return new AshlarError('agent-unreachable', 'The agent answers root alone.', { hint: 'Become root first.', cause });
  }
  const why = code === 'ENOENT' || code === 'ECONNREFUSED' ? 'it does not run' : cause.message;
  return new AshlarError('agent-unreachable', `The agent does not answer on ${path}: ${why}.`, {
    hint: '`systemctl status ashlar-agent.service` says why; systemd starts it again by itself. `journalctl -u ashlar-agent` has what it said.',
    cause,
  });
}
