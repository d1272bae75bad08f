import type { TreeEditor } from '../tree-editor.ts';
import { globPattern } from './glob.ts';

/** What dpkg's database in the tree says about its packages: names, what they depend on, and which files are theirs. */
export interface InstalledPackages {
  readonly names: ReadonlySet<string>;
  /** Absolute paths of the package's files and directories, as dpkg lists them. */
  readonly files: (name: string) => readonly string[];
  /** Which of `candidates` no package that stays needs; `gone` are packages that do not. */
  readonly unneeded: (candidates: ReadonlySet<string>, gone: ReadonlySet<string>) => ReadonlySet<string>;
}

const DATABASE = '/var/lib/dpkg';

/** Reads dpkg's database (deb822 stanzas in `status`, file lists in `info/`). Without one, no package is installed. */
export function readInstalledPackages(tree: TreeEditor): InstalledPackages {
  const needs = new Map<string, ReadonlySet<string>>();
  const providers = new Map<string, string>();
  for (const stanza of (tree.text(`${DATABASE}/status`) ?? '').split('\n\n')) {
    const name = field(stanza, 'Package');
    if (name === undefined || field(stanza, 'Status')?.endsWith(' installed') !== true) continue;
    const all = [field(stanza, 'Depends'), field(stanza, 'Pre-Depends')].flatMap((list) => relationNames(list ?? ''));
    needs.set(name, new Set(all));
    for (const provided of relationNames(field(stanza, 'Provides') ?? '')) providers.set(provided, name);
  }
  const lists = new Map<string, string>();
  for (const file of tree.directory(`${DATABASE}/info`)?.children.keys() ?? []) {
    const [, name] = /^([a-z0-9.+-]+)(?::[a-z0-9]+)?\.list$/.exec(file) ?? [];
    if (name !== undefined) lists.set(name, file);
  }

  const dependsOn = (dependent: string, on: string): boolean => {
    for (const need of needs.get(dependent) ?? []) if (need === on || providers.get(need) === on) return true;
    return false;
  };

  return {
    names: new Set(needs.keys()),
    files: (name) => {
      const list = lists.get(name);
      return list === undefined ? [] : (tree.text(`${DATABASE}/info/${list}`) ?? '').split('\n');
    },
    unneeded: (candidates, gone) => {
      const remaining = new Set(candidates);
      for (let changed = true; changed; ) {
        changed = false;
        for (const candidate of remaining) {
          const needed = [...needs.keys()].some(
            (name) => !gone.has(name) && !remaining.has(name) && dependsOn(name, candidate),
          );
          if (needed) changed = remaining.delete(candidate);
        }
      }
      return remaining;
    },
  };
}

/** The names of `packages` that match one of `globs`. */
export function matchingPackages(packages: InstalledPackages, globs: readonly string[]): string[] {
  return [...packages.names].filter((name) => globs.some((glob) => globPattern(glob).test(name)));
}

function field(stanza: string, name: string): string | undefined {
  const start = stanza.startsWith(`${name}:`) ? 0 : stanza.indexOf(`\n${name}:`) + 1;
  if (start === 0 && !stanza.startsWith(`${name}:`)) return undefined;
  const rest = stanza.slice(start + name.length + 1);
  return rest.slice(0, /\n(?![ \t])|$/.exec(rest)?.index).trim();
}

/** The package names of a relation field: versions, architectures and the bars between alternatives taken away. */
function relationNames(relations: string): string[] {
  return relations
    .split(/[,|]/)
    .map((relation) => relation.trim().replace(/[\s:([].*$/s, ''))
    .filter((name) => name !== '');
}
