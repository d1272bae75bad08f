import { AshlarError } from '../../model/error.ts';

/** A name as it is stored: 11 bytes without the dot, and whether a long name must go with it. */
export interface FatName {
  readonly long: string;
  readonly short: string;
  readonly needsLongName: boolean;
}

export const MAX_NAME_UNITS = 255;
const BASE_CHARS = 8;
const EXTENSION_CHARS = 3;
/** What a short name may have beside letters and digits (Microsoft FAT specification, §6). */
const NOT_SHORT = /[^A-Z0-9$%'\-_@~`!(){}^#&]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what a name must not have
const FORBIDDEN = /[\x00-\x1f\x7f"*/:<>?\\|]/;
const MAX_ALIAS_NUMBER = 999_999;

/**
 * Gives each of the names of one directory its short alias, in order: names that are short names already keep them, names
 * that only differ from one in case take it, the others are cut to six characters and numbered, `MINIMA~1.EFI`. Throws `path-unusable` for a name that FAT cannot hold and
 * `path-conflict` for two that differ in case alone.
 */
export function fatNames(names: readonly string[]): FatName[] {
  const seen = new Map<string, string>();
  for (const name of names) {
    checkName(name);
    const folded = name.toUpperCase();
    const other = seen.get(folded);
    if (other !== undefined) {
      throw new AshlarError('path-conflict', `“${other}” and “${name}” are the same name on a FAT volume`, {
        hint: 'FAT does not tell upper from lower case: rename one of the two.',
      });
    }
    seen.set(folded, name);
  }
  const taken = new Set(names.map(shortForm).filter((short) => short !== undefined));
  return names.map((long): FatName => {
    const exact = shortForm(long);
    if (exact !== undefined) return { long, short: exact, needsLongName: false };
    const short = alias(long, taken);
    taken.add(short);
    return { long, short, needsLongName: true };
  });
}

function checkName(name: string): void {
  const possible = name !== '' && name.length <= MAX_NAME_UNITS && !FORBIDDEN.test(name) && !/[. ]$/.test(name);
  if (possible && name.isWellFormed()) return;
  throw new AshlarError('path-unusable', `“${name}” cannot be a name on a FAT volume`, {
    hint: `Use at most ${MAX_NAME_UNITS} characters, none of " * / : < > ? \\ |, and no dot or space at the end.`,
  });
}

/** The 11 bytes of a name that is a short name as it stands, else undefined. */
function shortForm(name: string): string | undefined {
  const [base = '', extension = '', ...more] = name.split('.');
  const fits =
    base.length >= 1 && base.length <= BASE_CHARS && extension.length <= EXTENSION_CHARS && more.length === 0;
  if (!fits || name.endsWith('.') || (base + extension).replace(NOT_SHORT, '') !== base + extension) return undefined;
  return base.padEnd(BASE_CHARS) + extension.padEnd(EXTENSION_CHARS);
}

/** The name in upper case when it fits as it is, `LOADER`, else a numbered one, `MINIMA~1.EFI`; never one of `taken` (§7, “The Basis-Name Generation Algorithm”). */
function alias(long: string, taken: ReadonlySet<string>): string {
  const upper = shortForm(long.toUpperCase());
  if (upper !== undefined && !taken.has(upper)) return upper;
  const bare = long.toUpperCase().replaceAll(' ', '').replace(/^\.+/, '');
  const dot = bare.lastIndexOf('.');
  const clean = (text: string): string => text.replaceAll('.', '').replace(NOT_SHORT, '_');
  const base = clean(dot === -1 ? bare : bare.slice(0, dot)) || '_';
  const extension = clean(dot === -1 ? '' : bare.slice(dot + 1)).slice(0, EXTENSION_CHARS);
  for (let number = 1; number <= MAX_ALIAS_NUMBER; number++) {
    const tail = `~${number}`;
    const short =
      (base.slice(0, BASE_CHARS - tail.length) + tail).padEnd(BASE_CHARS) + extension.padEnd(EXTENSION_CHARS);
    if (!taken.has(short)) return short;
  }
  throw new AshlarError('path-unusable', `too many names begin like “${long}” in one directory`, {
    hint: 'Spread them over several directories.',
  });
}
