import { sha256 } from '../../model/digest.ts';
import type { Delegation } from '../metadata/metadata-schema.ts';

/** True when the delegation covers the target `path` (TUF 4.5, “paths” and “path_hash_prefixes”). */
export function isDelegated(path: string, { paths, path_hash_prefixes: prefixes }: Delegation): boolean {
  if (paths !== undefined) return paths.some((pattern) => matchesPattern(path, pattern));
  const digest = sha256(path);
  return prefixes?.some((prefix) => digest.startsWith(prefix)) === true;
}

/**
 * True when `path` matches the shell pattern: `*` is any run of characters within a segment, `?` any one, and everything else itself. Written out and not as
 * a regular expression, because with those a pattern of many stars takes time without end.
 */
export function matchesPattern(path: string, pattern: string): boolean {
  const segments = path.split('/');
  const patterns = pattern.split('/');
  return segments.length === patterns.length && segments.every((segment, at) => matchesSegment(segment, patterns[at]!));
}

/** Goes back only to the last star: a star further left that took more would not help. */
function matchesSegment(text: string, pattern: string): boolean {
  let [at, place] = [0, 0];
  let star: { readonly at: number; readonly after: number } | undefined;
  while (at < text.length) {
    const wanted = pattern[place];
    if (wanted === '*') {
      place += 1;
      star = { at, after: place };
    } else if (wanted === '?' || wanted === text[at]) {
      at += 1;
      place += 1;
    } else if (star !== undefined) {
      star = { at: star.at + 1, after: star.after };
      at = star.at;
      place = star.after;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(place));
}
