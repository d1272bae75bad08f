import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a distribution's packages come from: base URIs as apt writes them. A lock records none of it. */
export interface Mirrors {
  /** The main archive. */
  readonly archive: string;
  /** The archive of security updates. */
  readonly security: string;
}

/** Debian's own names for the suites whose mirror may be taken from the host's sources. */
const DEBIAN_SUITE = /^(bullseye|bookworm|trixie|forky|sid|stable|testing|unstable|oldstable)$/;
const DEBIAN_SECURITY_SUITE = /^([a-z]+-security)$/;

/**
 * The mirrors to use: `$ASHLAR_MIRROR` and `$ASHLAR_SECURITY_MIRROR`, else those in the host's apt sources, else undefined: the
 * tools' own defaults are right then. A main mirror without a security mirror is its sibling: `…/debian` and `…/debian-security`.
 */
export function findMirrors(env: NodeJS.ProcessEnv, aptDirectory = '/etc/apt'): Mirrors | undefined {
  const sources = readSources(aptDirectory);
  const named = (pattern: RegExp): string | undefined =>
    sources.find(({ suites }) => suites.some((suite) => pattern.test(suite)))?.uri;
  const archive = env['ASHLAR_MIRROR'] ?? named(DEBIAN_SUITE);
  if (archive === undefined) return undefined;
  const beside = archive.replace(/\/*$/, '-security');
  const security =
    env['ASHLAR_SECURITY_MIRROR'] ??
    (env['ASHLAR_MIRROR'] === undefined ? named(DEBIAN_SECURITY_SUITE) : undefined) ??
    beside;
  return { archive, security };
}

/** One line or stanza of apt's sources: where, and which suites. */
export interface AptSource {
  readonly uri: string;
  readonly suites: readonly string[];
}

function readSources(aptDirectory: string): AptSource[] {
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  };
  const parts = join(aptDirectory, 'sources.list.d');
  const names = ((): string[] => {
    try {
      return readdirSync(parts).sort();
    } catch {
      return [];
    }
  })();
  return [
    ...parseOneLineSources(read(join(aptDirectory, 'sources.list'))),
    ...names.filter((name) => name.endsWith('.list')).flatMap((name) => parseOneLineSources(read(join(parts, name)))),
    ...names.filter((name) => name.endsWith('.sources')).flatMap((name) => parseDeb822Sources(read(join(parts, name)))),
  ];
}

/** `deb [options] uri suite component…` (sources.list(5), one-line style). */
export function parseOneLineSources(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)/.exec(line);
    return match?.[1] === undefined || match[2] === undefined ? [] : [{ uri: match[1], suites: [match[2]] }];
  });
}

/** Stanzas of `Field: value` (sources.list(5), deb822 style). A stanza that is disabled or not of binary packages is left out. */
export function parseDeb822Sources(text: string): AptSource[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = new Map<string, string>();
    let last = '';
    for (const line of stanza.split('\n').filter((each) => !each.startsWith('#'))) {
      const field = /^([A-Za-z0-9-]+):(.*)$/.exec(line);
      if (field?.[1] !== undefined) last = field[1].toLowerCase();
      fields.set(last, `${fields.get(last) ?? ''} ${field?.[2] ?? line}`.trim());
    }
    const words = (name: string): string[] => (fields.get(name) ?? '').split(/\s+/).filter((word) => word !== '');
    if (!words('types').includes('deb') || words('enabled')[0] === 'no') return [];
    return words('uris').map((uri) => ({ uri, suites: words('suites') }));
  });
}
