import { AshlarError } from '../../../model/error.ts';
import { type BandwidthLimit, UNLIMITED } from '../bandwidth-limit.ts';
import { type Clock, SYSTEM_CLOCK } from '../clock.ts';
import { mergeRanges } from '../merge-ranges.ts';
import { corruptFile, incompleteFile, tooLongFile } from '../repository-errors.ts';
import { checkRepositoryPath } from '../repository-path.ts';
import type { ByteRange, RangeBytes, RepositoryReader } from '../repository-reader.ts';
import { RepositoryUnreachable } from '../repository-unreachable.ts';
import { Attempts, PROGRESS_BYTES } from './attempts.ts';
import { clipToRanges } from './clip-to-ranges.ts';
import { parseContentRange } from './content-range.ts';
import { declaredLength } from './declared-length.ts';
import { type Answer, type Exchange, exchange } from './http-exchange.ts';
import { HTTP_LIMITS, type HttpLimits } from './http-limits.ts';
import { httpTransport } from './http-transport.ts';
import { isPassing, retryOf } from './passing-status.ts';
import { readAhead } from './read-ahead.ts';

export interface HttpReaderOptions {
  readonly limits?: Partial<HttpLimits>;
  readonly clock?: Clock;
  /** Shared by all transfers of the reader. */
  readonly bandwidth?: BandwidthLimit;
  /** Certificates of further authorities, PEM: for a repository with a certificate of one's own. */
  readonly authorities?: string;
}

/** What servers say of a file that is not there; S3 says 403 to whom it does not list its files (TUF 5.3.3 has root refreshed until there is none). */
const ABSENT = new Set([403, 404, 410]);
const OK = 200;

/**
 * Reads a repository behind the URL `place` (`http:` or `https:`). Only plain GET and single ranges are used, which any web server has; one that
 * ignores ranges is read from the beginning. Throws `usage` for a URL that cannot be one of a repository.
 */
export function openHttpReader(place: string, options: HttpReaderOptions = {}): RepositoryReader {
  const base = baseUrl(place);
  const limits = { ...HTTP_LIMITS, ...options.limits };
  const clock = options.clock ?? SYSTEM_CLOCK;
  const bandwidth = options.bandwidth ?? UNLIMITED;
  const name = `${base.origin}${base.pathname}`;
  const how: Exchange = { clock, limits, place: name, transport: httpTransport(limits, options.authorities) };
  const attempts = (): Attempts => new Attempts(limits, clock);

  const ask = async (path: string, signal: AbortSignal, range?: ByteRange): Promise<Answer> => {
    const headers = range === undefined ? {} : { range: `bytes=${range.offset}-${range.offset + range.length - 1}` };
    const answer = await exchange(fileUrl(base, path), headers, how, signal);
    const problem = passingProblem(answer, name);
    if (problem === undefined) return answer;
    answer.close();
    throw problem;
  };

  /**
   * The bytes of `range`, gone on with where a connection broke; asked for as a range, for which {@link RangesIgnored} is thrown when the server sends all of the file, or as
   * a part of the whole.
   */
  async function* download(
    path: string,
    range: ByteRange,
    by: FilePart['kind'],
    signal: AbortSignal,
  ): AsyncGenerator<RangeBytes> {
    const end = range.offset + range.length;
    const tries = attempts();
    let offset = range.offset;
    while (offset < end) {
      try {
        const asked = by === 'whole' ? undefined : { offset, length: end - offset };
        const answer = await ask(path, signal, asked);
        const part = partOf(answer, path, name, asked);
        // All of the file comes again: what is there already is passed over.
        let at = part.offset;
        for await (const bytes of answer.body) {
          const from = Math.max(0, offset - at);
          at += bytes.length;
          await bandwidth.take(bytes.length, signal);
          if (from >= bytes.length) continue;
          const wanted = bytes.subarray(from, Math.min(bytes.length, from + end - offset));
          yield { offset, bytes: wanted };
          offset += wanted.length;
          tries.progress(wanted.length);
          if (offset >= end) break;
        }
        if (offset < end) checkLength(at, part, path, name);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        await tries.failed(error, signal);
      }
    }
  }

  async function* readMerged(
    path: string,
    ranges: readonly ByteRange[],
    signal: AbortSignal,
  ): AsyncGenerator<RangeBytes> {
    const merged = mergeRanges(ranges, limits.gapBytes);
    const [first, last] = [merged[0], merged.at(-1)];
    if (first === undefined || last === undefined) return;
    let reached = first.offset;
    try {
      const parts = merged.map((range) => download(path, range, 'range', signal));
      for await (const piece of readAhead(parts, limits.requestsAtOnce)) {
        yield piece;
        reached = piece.offset + piece.bytes.length;
      }
      return;
    } catch (error) {
      if (!(error instanceof RangesIgnored)) throw error;
    }
    yield* download(path, { offset: reached, length: last.offset + last.length - reached }, 'whole', signal);
  }

  return {
    describe: () => name,
    async read(path, { maxBytes, signal }) {
      checkRepositoryPath(path);
      const tries = attempts();
      const stop = signal ?? new AbortController().signal;
      for (;;) {
        try {
          const answer = await ask(path, stop);
          if (ABSENT.has(answer.status)) {
            answer.close();
            return undefined;
          }
          if (answer.status !== OK) throw unasked(answer, path, name);
          return await collect(answer, path, maxBytes, bandwidth, name, stop);
        } catch (error) {
          if (stop.aborted) throw stop.reason;
          await tries.failed(error, stop);
        }
      }
    },
    async *readRanges(path, ranges, { signal } = {}) {
      checkRepositoryPath(path);
      const ended = new AbortController();
      const stop = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);
      try {
        yield* clipToRanges(readMerged(path, ranges, stop), ranges);
      } finally {
        // Requests that are ahead of a receiver who has seen enough.
        ended.abort(new Error('the receiver has ended'));
      }
    },
  };
}

/** The server sent the whole file where a part was asked for (RFC 9110, 14.2: it may ignore Range). */
class RangesIgnored extends Error {}

/** What of a file an answer holds. The length is unknown when the server does not say it. */
interface FilePart {
  readonly kind: 'whole' | 'range';
  readonly offset: number;
  readonly length: number | undefined;
}

/** What of the file the answer holds: exactly from the beginning of `asked` on, or it is not an answer to the question. */
function partOf(answer: Answer, path: string, place: string, asked: ByteRange | undefined): FilePart {
  if (answer.status === 416) {
    answer.close();
    throw incompleteFile(place, path, `it has no byte ${asked?.offset ?? 0}`);
  }
  if (ABSENT.has(answer.status)) {
    answer.close();
    throw incompleteFile(place, path, 'it is not there');
  }
  if (asked === undefined && answer.status !== OK) throw unasked(answer, path, place);
  if (asked === undefined) return { kind: 'whole', offset: 0, length: declaredLength(answer) };
  if (answer.status !== 206) {
    answer.close();
    throw new RangesIgnored();
  }
  const range = parseContentRange(answer.headers['content-range']);
  if (range?.total !== undefined && range.total < asked.offset + asked.length) {
    answer.close();
    throw incompleteFile(place, path, `it ends at ${range.total}, before ${asked.offset + asked.length}`);
  }
  if (range === undefined || range.offset !== asked.offset || range.length > asked.length) {
    answer.close();
    throw corruptFile(
      place,
      path,
      `the server was asked for ${asked.length} bytes from ${asked.offset} on, and answers with the range “${answer.headers['content-range'] ?? ''}”`,
    );
  }
  return { kind: 'range', offset: range.offset, length: range.length };
}

/** A part of the file, or that there is no such part, where nobody asked for a part. */
function unasked(answer: Answer, path: string, place: string): AshlarError {
  answer.close();
  return corruptFile(place, path, `the server was asked for all of it, and answers with status ${answer.status}`);
}

/** After the end of a body that did not bring all that is needed: was it what the server announced? */
function checkLength(reached: number, part: FilePart, path: string, place: string): void {
  if (part.length !== undefined && reached < part.offset + part.length) {
    throw new RepositoryUnreachable(place, 'the connection broke', { kind: 'soon' });
  }
  if (part.kind === 'whole') throw incompleteFile(place, path, `it ended at ${reached}`);
  // A server may give less than was asked for (RFC 9110, 15.3.7), and the rest is asked for again; a little at a time is no way.
  if (reached - part.offset < PROGRESS_BYTES) {
    throw new RepositoryUnreachable(place, 'it gives much less than it is asked for', { kind: 'soon' });
  }
}

async function collect(
  answer: Answer,
  path: string,
  maxBytes: number,
  bandwidth: BandwidthLimit,
  place: string,
  signal: AbortSignal,
): Promise<Buffer> {
  const declared = declaredLength(answer);
  if (declared !== undefined && declared > maxBytes) {
    answer.close();
    throw tooLongFile(place, path, maxBytes);
  }
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const bytes of answer.body) {
    length += bytes.length;
    if (length > maxBytes) throw tooLongFile(place, path, maxBytes);
    pieces.push(bytes);
    await bandwidth.take(bytes.length, signal);
  }
  return Buffer.concat(pieces, length);
}

/** The error for an answer that is neither the file nor that there is none. */
function passingProblem({ status, headers }: Answer, place: string): AshlarError | undefined {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    return new RepositoryUnreachable(place, `it encodes its answers (${encoding.slice(0, 32)}), unasked`, {
      kind: 'never',
    });
  }
  if (status === OK || status === 206 || status === 416 || ABSENT.has(status)) return undefined;
  const why = `it answers with status ${status}`;
  if (!isPassing(status)) return new RepositoryUnreachable(place, why, { kind: 'never' });
  return new RepositoryUnreachable(place, why, retryOf(headers));
}

function baseUrl(place: string): URL {
  const url = URL.canParse(place) ? new URL(place) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '') {
    if (!url.pathname.endsWith('/')) url.pathname += '/';
    return url;
  }
  throw new AshlarError('usage', `“${place}” cannot be the URL of a repository.`, {
    hint: 'Give one such as https://updates.example.org/appliance/, without a query.',
  });
}

function fileUrl(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname += path.split('/').map(encodeURIComponent).join('/');
  return url;
}
