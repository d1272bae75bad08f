const compiled = new Map<string, RegExp>();

/**
 * The regular expression of a shell glob over one name or a whole path: `*` and `?` stand for anything but `/`, `**` for
 * anything, `[…]` for one of a set. A backslash is a backslash: unit names have them.
 */
export function globPattern(glob: string): RegExp {
  let pattern = compiled.get(glob);
  if (pattern === undefined) {
    pattern = new RegExp(`^${translated(glob)}$`, 's');
    compiled.set(glob, pattern);
  }
  return pattern;
}

/** `glob` without its braces: `a{b,c{d,e}}` is `ab`, `acd`, `ace`. */
export function expandBraces(glob: string): string[] {
  const open = glob.indexOf('{');
  if (open < 0) return [glob];
  const alternatives: string[] = [];
  let depth = 0;
  let from = open + 1;
  for (let at = open; at < glob.length; at++) {
    const char = glob[at];
    if (char === '{') depth += 1;
    else if (char === '}') depth -= 1;
    if ((char === ',' && depth === 1) || (char === '}' && depth === 0)) {
      alternatives.push(glob.slice(from, at));
      from = at + 1;
    }
    if (depth === 0) {
      return alternatives.flatMap((one) => expandBraces(glob.slice(0, open) + one + glob.slice(at + 1)));
    }
  }
  return [glob];
}

/** Whether `name` matches one of `globs`, which may have braces. */
export function matchesAny(globs: readonly string[], name: string): boolean {
  return globs.some((glob) => expandBraces(glob).some((one) => globPattern(one).test(name)));
}

function translated(glob: string): string {
  let out = '';
  for (let at = 0; at < glob.length; at++) {
    const char = glob.charAt(at);
    const set = char === '[' ? /^\[([!^]?)([^\]]+)\]/.exec(glob.slice(at)) : null;
    if (glob.startsWith('**/', at)) {
      out += '(?:.*/)?';
      at += 2;
    } else if (glob.startsWith('**', at)) {
      out += '.*';
      at += 1;
    } else if (char === '*') out += '[^/]*';
    else if (char === '?') out += '[^/]';
    else if (set !== null) {
      out += `[${set[1] === '' ? '' : '^'}${(set[2] ?? '').replace(/[\\\]^]/g, '\\$&')}]`;
      at += set[0].length - 1;
    } else out += char.replace(/[.+^$()|\\[\]{}*?]/g, '\\$&');
  }
  return out;
}
