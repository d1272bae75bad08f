/** What part of a file an answer 206 holds. */
export interface ContentRange {
  readonly offset: number;
  readonly length: number;
  /** Bytes of the whole file; undefined when the server does not know (`*`). */
  readonly total: number | undefined;
}

/** Parses `Content-Range: bytes 0-99/1234` (RFC 9110, 14.4); undefined for what does not follow it, or contradicts itself. */
export function parseContentRange(value: string | undefined): ContentRange | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(value ?? '');
  if (match === null) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2])];
  const total = match[3] === '*' ? undefined : Number(match[3]);
  if (last < first || (total !== undefined && last >= total)) return undefined;
  return { offset: first, length: last - first + 1, total };
}
