/** How two lists of packages differ, each part sorted by name. */
export interface PackageChanges {
  readonly added: readonly { readonly name: string; readonly version: string }[];
  readonly removed: readonly { readonly name: string; readonly version: string }[];
  readonly changed: readonly { readonly name: string; readonly from: string; readonly to: string }[];
}

interface NamedVersion {
  readonly name: string;
  readonly version: string;
}

/** Which packages came, went, or have another version. */
export function packageChanges(before: readonly NamedVersion[], after: readonly NamedVersion[]): PackageChanges {
  const [old, now] = [versions(before), versions(after)];
  const brief = ([name, version]: readonly [string, string]): NamedVersion => ({ name, version });
  return {
    added: [...now].filter(([name]) => !old.has(name)).map(brief),
    removed: [...old].filter(([name]) => !now.has(name)).map(brief),
    changed: [...now].flatMap(([name, to]) => {
      const from = old.get(name);
      return from === undefined || from === to ? [] : [{ name, from, to }];
    }),
  };
}

function versions(packages: readonly NamedVersion[]): Map<string, string> {
  const sorted = [...packages].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return new Map(sorted.map(({ name, version }) => [name, version]));
}
