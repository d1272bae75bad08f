/** Where a value lies in a definition: keys of maps and indexes of lists, from the outside in. */
export type PropertyPath = readonly (string | number)[];

/** `['files', '/etc/motd', 'mode']` as `files["/etc/motd"].mode`. */
export function formatPath(path: PropertyPath): string {
  return path
    .map((key, at) => {
      if (typeof key === 'number') return `[${key}]`;
      if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `[${JSON.stringify(key)}]`;
      return at === 0 ? key : `.${key}`;
    })
    .join('');
}

/** The value at `path` of `root`, or undefined. Only own properties count. */
export function valueAt(root: unknown, path: PropertyPath): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}
