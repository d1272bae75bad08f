import * as z from 'zod';
import type { RegistryLogin } from '../../../formats/oci/auth-file.ts';
import { type Challenge, parseChallenge } from '../../../formats/oci/challenge.ts';
import { parseDocument } from '../../../model/parse-document.ts';
import { type Answer, type Exchange, exchange } from '../../transport/http/http-exchange.ts';
import { isPassing, retryOf } from '../../transport/http/passing-status.ts';
import { RepositoryUnreachable } from '../../transport/repository-unreachable.ts';
import { readBounded } from './read-bounded.ts';
import { accessDenied } from './registry-errors.ts';

/** Tokens are some kilobytes; headers of servers end at 8 to 16 KiB. */
const MAX_TOKEN_ANSWER_BYTES = 64 * 1024;
/** RFC 6750, 2.1 `b64token`, which nothing can be smuggled into a header with. */
const token = z
  .string()
  .max(16_384)
  .regex(/^[A-Za-z0-9._~+/-]+=*$/)
  .optional();
const tokenAnswer = z.object({ token, access_token: token });
const OK = 200;
const UNAUTHORIZED = 401;
const FORBIDDEN = 403;

export interface RegistryAccessOptions {
  readonly how: Exchange;
  /** Where the registry is: only from there challenges are taken, and only there a login goes unasked for by anyone else. */
  readonly base: URL;
  /** For the scope that is asked for: nothing but to pull this one. */
  readonly repository: string;
  readonly login: RegistryLogin | undefined;
}

/** Asks the registry, and says who asks when it wants to know. The answer is never 401. */
export type RegistryAccess = (
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<Answer>;

/**
 * Meets the challenges of a registry: Basic, or a Bearer token had from the realm that it names (distribution token specification). A login is sent only over TLS, or to this very
 * machine, or where plain HTTP was asked for, and never to where a redirection leads. A token that has expired is replaced once a request.
 */
export function registryAccess(options: RegistryAccessOptions): RegistryAccess {
  const { how } = options;
  let authorization: string | undefined;
  return async (url, headers, signal) => {
    const ask = (): Promise<Answer> =>
      exchange(url, authorization === undefined ? headers : { ...headers, authorization }, how, signal);
    const used = authorization;
    const first = await ask();
    if (first.status !== UNAUTHORIZED) return first;
    first.close();
    refuseElsewhere(first, options);
    if (authorization === used) {
      authorization = await meet(parseChallenge(first.headers['www-authenticate']), options, signal);
    }
    const second = await ask();
    if (second.status !== UNAUTHORIZED) return second;
    second.close();
    refuseElsewhere(second, options);
    authorization = undefined;
    throw accessDenied(
      how.place,
      options.login === undefined ? 'it wants a login' : 'it refuses the login that was given',
    );
  };
}

/** A place that the registry redirects to could name a realm of its own, to be told the login: its challenges are not taken. */
function refuseElsewhere({ origin }: Answer, { base, how }: RegistryAccessOptions): void {
  if (origin !== base.origin) throw accessDenied(how.place, `${origin}, where it redirects to, refuses`);
}

async function meet(
  challenge: Challenge | undefined,
  options: RegistryAccessOptions,
  signal: AbortSignal,
): Promise<string> {
  const { login, how } = options;
  if (challenge === undefined) throw accessDenied(how.place, 'it asks for a kind of login that is not supported');
  if (challenge.kind === 'bearer')
    return `Bearer ${await tokenFrom(challenge.realm, challenge.service, options, signal)}`;
  if (login === undefined) throw accessDenied(how.place, 'it wants a login');
  return basic(login);
}

async function tokenFrom(
  realm: string,
  service: string | undefined,
  { how, base, repository, login }: RegistryAccessOptions,
  signal: AbortSignal,
): Promise<string> {
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  const mayBePlain = base.protocol === 'http:' && url?.protocol === 'http:';
  if (url === undefined || (url.protocol !== 'https:' && !mayBePlain) || url.username !== '' || url.password !== '') {
    throw accessDenied(how.place, 'it sends for a token to a place that is not reached by HTTPS');
  }
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', `repository:${repository}:pull`);
  const headers = login === undefined ? {} : { authorization: basic(login) };
  const answer = await exchange(url, headers, { ...how, place: url.origin }, signal);
  if (answer.status !== OK) {
    answer.close();
    if (answer.status === UNAUTHORIZED || answer.status === FORBIDDEN) {
      throw accessDenied(
        how.place,
        `${url.host} gives no token${login === undefined ? ' without a login' : ' for this login'}`,
      );
    }
    const retry = isPassing(answer.status) ? retryOf(answer.headers) : { kind: 'never' as const };
    throw new RepositoryUnreachable(how.place, `${url.host} answers with status ${answer.status} for a token`, retry);
  }
  const bytes = await readBounded(answer, MAX_TOKEN_ANSWER_BYTES);
  const refuse = (): never => {
    throw accessDenied(how.place, `${url.host} gives something that is no token`);
  };
  // The reason would quote what may be a secret.
  const parsed = bytes === undefined ? refuse() : parseDocument(bytes, tokenAnswer, MAX_TOKEN_ANSWER_BYTES, refuse);
  return parsed.token ?? parsed.access_token ?? refuse();
}

function basic({ name, password }: RegistryLogin): string {
  return `Basic ${Buffer.from(`${name}:${password}`, 'utf8').toString('base64')}`;
}
