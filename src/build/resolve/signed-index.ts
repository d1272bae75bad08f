import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import type { Lock } from '../../model/lock.ts';

export type SignedIndex = Lock['indexes'][number];

/** The index of `suite` that apt has verified and put into `lists`: its date and hash. */
export function readSignedIndex(lists: string, suite: string): SignedIndex {
  const ending = `_dists_${suite.replaceAll('/', '_')}_InRelease`;
  const name = readdirSync(lists).find((each) => each.endsWith(ending));
  const text = name === undefined ? undefined : readFileSync(join(lists, name));
  const date = text === undefined ? Number.NaN : releaseDate(text.toString('latin1'));
  if (text === undefined || Number.isNaN(date)) {
    throw new AshlarError('resolve-failed', `The mirror has no dated InRelease file for the suite ${suite}.`, {
      hint: "Use a mirror of the distribution's archive.",
    });
  }
  return { suite, date: new Date(date).toISOString().replace('.000Z', 'Z'), sha256: sha256(text) };
}

/** The field `Date` of a Release file in milliseconds since 1970, NaN when there is none. */
function releaseDate(text: string): number {
  return Date.parse(/^Date: (.+)$/m.exec(text)?.[1] ?? '');
}

/** The suites among `indexes` that are past their `Valid-Until`, as the files in `lists` say. */
export function expiredSuites(lists: string, now: number): string[] {
  return readdirSync(lists)
    .filter((name) => name.endsWith('_InRelease'))
    .flatMap((name) => {
      const text = readFileSync(join(lists, name), 'latin1');
      const until = Date.parse(/^Valid-Until: (.+)$/m.exec(text)?.[1] ?? '');
      const codename = /^Codename: (\S+)$/m.exec(text)?.[1] ?? name;
      return until < now ? [codename] : [];
    });
}
