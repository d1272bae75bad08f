/** How a registry wants to be told who asks. */
export type Challenge =
  | { readonly kind: 'basic' }
  | { readonly kind: 'bearer'; readonly realm: string; readonly service: string | undefined };

/** Headers of Node's are bounded at 16 KiB; no challenge is near it. */
const MAX_CHALLENGE_CHARACTERS = 4096;
const SCHEME = /^\s*([A-Za-z]+)(?:\s+|$)/;
/** One parameter of RFC 9110, 11.2: a token or a quoted text, and the comma behind it. */
const PARAMETER = /^([A-Za-z0-9_-]{1,64})\s*=\s*(?:"((?:[^"\\]|\\.){0,2048})"|([^\s",]{1,2048}))\s*(?:,\s*|$)/;

/**
 * The first challenge of a `WWW-Authenticate` header that can be met: `Basic …`, or `Bearer realm="…",service="…"` (distribution token specification). Undefined when there is none.
 */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  if (header === undefined || header.length > MAX_CHALLENGE_CHARACTERS) return undefined;
  let rest = header;
  for (let scheme = SCHEME.exec(rest); scheme !== null; scheme = SCHEME.exec(rest)) {
    rest = rest.slice(scheme[0].length);
    const values = new Map<string, string>();
    for (let match = PARAMETER.exec(rest); match !== null; match = PARAMETER.exec(rest)) {
      rest = rest.slice(match[0].length);
      values.set(match[1]!.toLowerCase(), match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? '');
    }
    const kind = scheme[1]!.toLowerCase();
    const realm = values.get('realm');
    if (kind === 'basic') return { kind };
    if (kind === 'bearer' && realm !== undefined) return { kind, realm, service: values.get('service') };
  }
  return undefined;
}
