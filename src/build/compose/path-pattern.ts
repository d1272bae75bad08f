/**
 * A pattern of paths as an expression: `*` is any part of a name, `**` followed by a slash any number of directories. Paths have
 * no leading slash.
 */
export function pathPattern(pattern: string): RegExp {
  const source = pattern
    .split(/(\*\*\/|\*)/)
    .map((part) => (part === '**/' ? '(?:.*/)?' : part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`, 's');
}
