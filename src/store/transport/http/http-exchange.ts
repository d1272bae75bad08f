import type { Agent, ClientRequest, IncomingMessage, request } from 'node:http';
import type { Clock } from '../clock.ts';
import { RepositoryUnreachable } from '../repository-unreachable.ts';
import type { HttpLimits } from './http-limits.ts';
import { watchPace } from './watch-pace.ts';

/** The answer to one request; its body must be read to the end or given up by `close`. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Who answered: where the last redirection led. */
  readonly origin: string;
  /** The bytes as they come. Throws {@link RepositoryUnreachable} when they stop coming. */
  readonly body: AsyncIterable<Buffer>;
  close(): void;
}

export interface Exchange {
  readonly clock: Clock;
  readonly limits: HttpLimits;
  /** For messages. */
  readonly place: string;
  readonly transport: (url: URL) => Promise<{ readonly request: typeof request; readonly agent: Agent }>;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Certificates that are refused for what the clock says. */
const TIME_OF_CERTIFICATE = new Set(['CERT_NOT_YET_VALID', 'CERT_HAS_EXPIRED']);
const CERTIFICATE = /CERT|SSL|TLS|ALTNAME|LEAF_SIGNATURE/;

/**
 * Asks for `url` and follows redirections, never from https: to http:, and without `authorization` from where one leads to another host (RFC 9110, 15.4). Throws
 * {@link RepositoryUnreachable} when there is no answer, and the reason of `signal` when it is aborted.
 */
export async function exchange(
  url: URL,
  headers: Readonly<Record<string, string>>,
  how: Exchange,
  signal: AbortSignal,
): Promise<Answer> {
  let at = url;
  let sent = headers;
  for (let followed = 0; ; followed++) {
    const answer = await once(at, sent, how, signal);
    const location = answer.headers.location;
    if (!REDIRECTS.has(answer.status) || location === undefined) return answer;
    answer.close();
    if (followed === how.limits.redirects) {
      throw new RepositoryUnreachable(how.place, `it redirects more than ${how.limits.redirects} times`, {
        kind: 'never',
      });
    }
    const to = redirected(at, location, how.place);
    if (to.origin !== at.origin) {
      const { authorization: _, ...others } = sent;
      sent = others;
    }
    at = to;
  }
}

function redirected(from: URL, location: string, place: string): URL {
  const to = URL.canParse(location, from) ? new URL(location, from) : undefined;
  if (to !== undefined && (to.protocol === 'https:' || to.protocol === from.protocol) && to.protocol.startsWith('http'))
    return to;
  throw new RepositoryUnreachable(place, `it redirects to ${to?.protocol ?? 'a place that is none'}`, {
    kind: 'never',
  });
}

async function once(
  url: URL,
  headers: Readonly<Record<string, string>>,
  how: Exchange,
  signal: AbortSignal,
): Promise<Answer> {
  signal.throwIfAborted();
  const { clock, limits, place } = how;
  const { request, agent } = await how.transport(url);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const asked: ClientRequest = request(url, {
    agent,
    headers: { 'user-agent': 'ashlar', 'accept-encoding': 'identity', ...headers },
  });
  const abort = (): void => void asked.destroy(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  const late = clock.after(limits.answerMilliseconds, () =>
    asked.destroy(
      new RepositoryUnreachable(place, `it does not answer within ${limits.answerMilliseconds / 1000} s`, {
        kind: 'soon',
      }),
    ),
  );
  const done = (): void => signal.removeEventListener('abort', abort);
  asked.on('response', resolve);
  // Stays for the life of the request: a connection may break when nobody listens to it any more.
  asked.on('error', (error) => reject(failure(error, place, signal)));
  asked.end();
  let response: IncomingMessage;
  try {
    response = await promise;
  } catch (error) {
    done();
    throw error;
  } finally {
    late();
  }
  response.on('error', () => {});
  response.once('close', done);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    origin: url.origin,
    body: bodyOf(response, how, signal),
    close: () => response.destroy(),
  };
}

async function* bodyOf(
  response: IncomingMessage,
  { clock, limits, place }: Exchange,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const pace = watchPace(clock, limits, place, (error) => response.destroy(error));
  try {
    const chunks = response[Symbol.asyncIterator]();
    for (;;) {
      pace.waiting();
      const next = await chunks.next();
      pace.received(next.done === true ? 0 : (next.value as Buffer).length);
      if (next.done === true) break;
      yield next.value as Buffer;
    }
    // Node ends the iteration of an answer that was cut off with an error, but for one whose length nobody said.
    if (!response.complete) throw new RepositoryUnreachable(place, 'the connection broke', { kind: 'soon' });
  } catch (error) {
    throw failure(error, place, signal);
  } finally {
    pace.end();
    response.destroy();
  }
}

/** Whether `cause`, an error of Node's, is about the certificate that a server showed. */
export function isCertificateError(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && CERTIFICATE.test(String(cause.code));
}

/** What to throw for an error of Node's. */
function failure(error: unknown, place: string, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof RepositoryUnreachable) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error && error.message !== '' ? error.message : code;
  if (TIME_OF_CERTIFICATE.has(code)) {
    return new RepositoryUnreachable(
      place,
      'its certificate is not valid at the time of this clock',
      { kind: 'never' },
      {
        hint: 'Check the clock of this machine, then the certificate of the server.',
        cause: error,
      },
    );
  }
  if (isCertificateError(error)) {
    return new RepositoryUnreachable(
      place,
      `TLS fails: ${message}`,
      { kind: 'never' },
      {
        hint: 'Check the certificate of the server, and which authorities this machine trusts.',
        cause: error,
      },
    );
  }
  return new RepositoryUnreachable(place, message, { kind: 'soon' }, { cause: error });
}
