const compiled = new Map<string, RegExp>();

/**
 * The regular expression of a shell glob over paths or names: `*` and `?` stand for anything but `/`, `**` for anything, `[…]`
 * for one of a set, `{a,b}` for one of several. A backslash is a backslash: unit names have them.
 */
export function globPattern(glob: string): RegExp {
  let pattern = compiled.get(glob);
  if (pattern === undefined) {
    pattern = new RegExp(`^${translated(glob)}$`, 's');
    compiled.set(glob, pattern);
  }
  return pattern;
}

function translated(glob: string): string {
  let out = '';
  let alternatives = 0;
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
    } else if (char === '{') {
      alternatives += 1;
      out += '(?:';
    } else if (char === '}' && alternatives > 0) {
      alternatives -= 1;
      out += ')';
    } else if (char === ',' && alternatives > 0) out += '|';
    else out += char.replace(/[.+^$()|\\[\]{}*?]/g, '\\$&');
  }
  return out;
}
