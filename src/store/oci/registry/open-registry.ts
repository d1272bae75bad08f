import { getCACertificates } from 'node:tls';
import { type AuthFile, loginFor } from '../../../formats/oci/auth-file.ts';
import { imageDigestText } from '../../../formats/oci/image-digest.ts';
import { MAX_MANIFEST_BYTES } from '../../../formats/oci/image-document.ts';
import { DOCKER_HUB, type ImageReference, imageReferenceText } from '../../../formats/oci/image-reference.ts';
import { INDEX_MEDIA_TYPES, MANIFEST_MEDIA_TYPES } from '../../../formats/oci/media-type.ts';
import { type Sha256, sha256 } from '../../../model/digest.ts';
import { type BandwidthLimit, UNLIMITED } from '../../transport/bandwidth-limit.ts';
import { type Clock, SYSTEM_CLOCK } from '../../transport/clock.ts';
import { Attempts, PROGRESS_BYTES } from '../../transport/http/attempts.ts';
import { parseContentRange } from '../../transport/http/content-range.ts';
import { declaredLength } from '../../transport/http/declared-length.ts';
import type { Answer, Exchange } from '../../transport/http/http-exchange.ts';
import { HTTP_LIMITS, type HttpLimits } from '../../transport/http/http-limits.ts';
import { httpTransport, isLoopback } from '../../transport/http/http-transport.ts';
import { isPassing, retryOf } from '../../transport/http/passing-status.ts';
import { RepositoryUnreachable } from '../../transport/repository-unreachable.ts';
import { checkedBytes, checkedContent } from '../checked-content.ts';
import { containerCorrupt, containerGone } from '../container-errors.ts';
import type { BlobDescriptor, ImageSource } from '../image-source.ts';
import { readBounded } from './read-bounded.ts';
import { registryAccess } from './registry-access.ts';
import { accessDenied, registryError } from './registry-errors.ts';

export interface RegistryOptions {
  readonly limits?: Partial<HttpLimits>;
  readonly clock?: Clock;
  readonly bandwidth?: BandwidthLimit;
  /** Certificates of authorities, PEM, beside those that this machine trusts. */
  readonly authorities?: string;
  /** Logins, of which the one for the repository is used. Default: none. */
  readonly logins?: AuthFile;
  /** Default: `https:`, but `http:` for a registry on this very machine. */
  readonly protocol?: 'http:' | 'https:';
}

/** Docker Hub's registry has another name than its images. */
const HUB_HOST = 'registry-1.docker.io';
const ACCEPT = [...INDEX_MEDIA_TYPES, ...MANIFEST_MEDIA_TYPES].join(', ');
const OK = 200;
const PARTIAL = 206;
const FORBIDDEN = 403;
const ABSENT = new Set([404, 410]);

/**
 * The images of one repository of a registry (OCI distribution-spec v1.1, “Pull”). Nothing is asked before it is needed. The proxy that the environment names is used, but not to reach
 * this very machine.
 */
export function openRegistry(
  { registry, repository }: Pick<ImageReference, 'registry' | 'repository'>,
  options: RegistryOptions = {},
): ImageSource {
  const base = baseUrl(registry, repository, options.protocol);
  const limits = { ...HTTP_LIMITS, ...options.limits };
  const clock = options.clock ?? SYSTEM_CLOCK;
  const bandwidth = options.bandwidth ?? UNLIMITED;
  const trusted =
    options.authorities === undefined ? undefined : [...getCACertificates('default'), options.authorities];
  const how: Exchange = { clock, limits, place: registry, transport: httpTransport(limits, trusted) };
  const login = options.logins === undefined ? undefined : loginFor(options.logins, registry, repository);
  const access = registryAccess({ how, base, repository, login });
  const place = `the registry ${registry}`;
  /** Manifests that were read: to resolve a tag is to read what it leads to. */
  const manifests = new Map<Sha256, Buffer>();

  /** Asks until there is an answer to the question, and gives it to `use`, which may throw to have it asked again. */
  const trying = async <Result>(
    signal: AbortSignal | undefined,
    attempt: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> => {
    const stop = signal ?? new AbortController().signal;
    const tries = new Attempts(limits, clock);
    try {
      for (;;) {
        try {
          return await attempt(stop);
        } catch (error) {
          if (stop.aborted) throw stop.reason;
          await tries.failed(error, stop);
        }
      }
    } catch (error) {
      throw registryError(error, registry);
    }
  };

  const ask = async (
    path: string,
    what: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Answer> => {
    const answer = await access(new URL(path, base), headers, signal);
    const problem = answerProblem(answer, registry, what);
    if (problem === undefined) return answer;
    answer.close();
    throw problem;
  };

  /** The manifest of a tag or of a digest. */
  const read = (name: string, what: string, signal: AbortSignal | undefined): Promise<Buffer> =>
    trying(signal, async (stop) => {
      const answer = await ask(`manifests/${name}`, what, { accept: ACCEPT }, stop);
      const bytes = await readBounded(answer, MAX_MANIFEST_BYTES);
      if (bytes !== undefined && answer.status === OK) return bytes;
      answer.close();
      const why = bytes === undefined ? `a manifest of more than ${MAX_MANIFEST_BYTES} bytes` : 'a part of a manifest';
      throw new RepositoryUnreachable(registry, `it gives ${why}`, { kind: 'never' });
    });

  const manifest = async (digest: Sha256, signal?: AbortSignal): Promise<Buffer> => {
    const known = manifests.get(digest);
    if (known !== undefined) return known;
    const text = imageDigestText(digest);
    const bytes = checkedBytes(await read(text, `${repository}@${text}`, signal), digest, place);
    manifests.set(digest, bytes);
    return bytes;
  };

  async function* download({ digest, size }: BlobDescriptor, signal: AbortSignal): AsyncGenerator<Buffer> {
    const text = imageDigestText(digest);
    const tries = new Attempts(limits, clock);
    let offset = 0;
    while (offset < size) {
      try {
        const headers = offset === 0 ? {} : { range: `bytes=${offset}-${size - 1}` };
        const answer = await ask(`blobs/${text}`, `content ${text} of ${repository}`, headers, signal);
        const begun = firstByte(answer, { digest, size }, offset, place);
        let at = begun;
        for await (const bytes of answer.body) {
          // All of it comes again where ranges are not known: what is there already is passed over.
          const rest = bytes.subarray(Math.min(bytes.length, Math.max(0, offset - at)));
          at += bytes.length;
          await bandwidth.take(bytes.length, signal);
          if (rest.length === 0) continue;
          if (at > size) throw containerCorrupt(place, digest, `it is longer than ${size} bytes`);
          offset += rest.length;
          yield rest;
          tries.progress(rest.length);
        }
        if (offset < size && begun === 0) throw containerCorrupt(place, digest, `it ends after ${at} of ${size} bytes`);
        // A server may give less than it is asked for (RFC 9110, 15.3.7); a little at a time is no way.
        if (offset < size && at - begun < PROGRESS_BYTES) {
          throw new RepositoryUnreachable(registry, 'it gives much less than it is asked for', { kind: 'soon' });
        }
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        await tries.failed(error, signal);
      }
    }
  }

  return {
    describe: () => place,
    manifest,
    async resolve(reference, signal) {
      if (reference.digest !== undefined) {
        await manifest(reference.digest, signal);
        return reference.digest;
      }
      const tag = reference.tag ?? 'latest';
      const bytes = await read(tag, imageReferenceText({ ...reference, tag }), signal);
      const digest = sha256(bytes);
      manifests.set(digest, bytes);
      return digest;
    },
    async *blob(descriptor, signal = new AbortController().signal) {
      try {
        yield* checkedContent(download(descriptor, signal), descriptor, place);
      } catch (error) {
        throw registryError(error, registry);
      }
    },
  };
}

/** The error for an answer that is none to the question. `what` was asked for. */
function answerProblem({ status, headers }: Answer, registry: string, what: string): Error | undefined {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    const why = `it encodes its answers (${encoding.slice(0, 32)}), unasked`;
    return new RepositoryUnreachable(registry, why, { kind: 'never' });
  }
  if (status === OK || status === PARTIAL) return undefined;
  if (ABSENT.has(status)) return containerGone(`The registry ${registry}`, what);
  if (status === FORBIDDEN) return accessDenied(registry, `it forbids to read ${what}`);
  const retry = isPassing(status) ? retryOf(headers) : { kind: 'never' as const };
  return new RepositoryUnreachable(registry, `it answers with status ${status}`, retry);
}

/** Where in the blob the body of `answer` begins: at `offset`, which was asked for, or at 0 when ranges are not known there. */
function firstByte(answer: Answer, { digest, size }: BlobDescriptor, offset: number, place: string): number {
  const fail = (why: string): Error => {
    answer.close();
    return containerCorrupt(place, digest, why);
  };
  if (answer.status === OK) {
    const length = declaredLength(answer);
    if (length !== undefined && length !== size) throw fail(`it has ${length} bytes, not ${size}`);
    return 0;
  }
  const range = parseContentRange(answer.headers['content-range']);
  if (offset === 0 || range === undefined || range.offset !== offset)
    throw fail('another part came than was asked for');
  if ((range.total ?? size) !== size) throw fail(`it has ${range.total} bytes, not ${size}`);
  return offset;
}

function baseUrl(registry: string, repository: string, protocol: RegistryOptions['protocol']): URL {
  const host = registry === DOCKER_HUB ? HUB_HOST : registry;
  const url = new URL(`https://${host}/v2/${repository}/`);
  // The port of https: would be left out of the text of a URL, and then be that of http:.
  return (protocol ?? (isLoopback(url.hostname) ? 'http:' : 'https:')) === 'https:'
    ? url
    : new URL(`http://${host}/v2/${repository}/`);
}
