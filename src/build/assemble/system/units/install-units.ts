import type { UnitDirectory } from './unit-directory.ts';
import { lastSetting, listSetting, type UnitSetting } from './unit-file.ts';
import { parseUnitName, templateOf, withInstance } from './unit-name.ts';

/** A symbolic link that enables a unit. */
export interface InstallLink {
  /** Absolute path of the link, under `/etc/systemd`. */
  readonly path: string;
  /** Absolute path of the unit file. */
  readonly target: string;
}

type Installable = { readonly name: string; readonly path: string; readonly settings: readonly UnitSetting[] };

/** `[Install]` settings that make a link in a folder of another unit, and the folder's ending. */
const DEPENDENCIES = [
  ['WantedBy', '.wants'],
  ['RequiredBy', '.requires'],
  ['UpheldBy', '.upholds'],
] as const;

/**
 * The links that `systemctl enable` would make for `names` and, through `Also=`, for what belongs to them: aliases, and an entry
 * in the folder of each unit that is to pull it in (systemd.unit(5), "[Install] section options"). Units that are missing, masked
 * or have no `[Install]` section bring none.
 */
export function installLinks(units: UnitDirectory, names: readonly string[]): InstallLink[] {
  const waiting = [...names];
  const done = new Set<string>();
  const links = new Map<string, InstallLink>();
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (done.has(name)) continue;
    done.add(name);
    const found = units.find(name);
    if (found?.kind === 'alias') waiting.push(found.of);
    if (found?.kind !== 'file') continue;
    const unit: Installable = found;
    for (const also of listSetting(unit.settings, 'Install', 'Also')) waiting.push(expanded(also, unit));
    for (const path of linkPaths(units, unit)) {
      links.set(path, { path: `/etc/systemd/${units.scope}/${path}`, target: unit.path });
    }
  }
  return [...links.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Where `unit`'s links lie, relative to the folder of enabled units. */
function linkPaths(units: UnitDirectory, unit: Installable): string[] {
  const paths = listSetting(unit.settings, 'Install', 'Alias')
    .map((alias) => aliasName(expanded(alias, unit), unit.name))
    .filter((alias) => alias !== undefined);
  const entry = entryName(units, unit);
  if (entry === undefined) return paths;
  for (const [key, folder] of DEPENDENCIES) {
    for (const by of listSetting(unit.settings, 'Install', key)) {
      const puller = expanded(by, unit);
      const parts = parseUnitName(puller);
      // A template without an instance can only be pulled in by another template, whose instance it then takes.
      const allowed = parseUnitName(entry)?.kind === 'template' ? parts?.kind === 'template' : parts !== undefined;
      if (allowed) paths.push(`${puller}${folder}/${entry}`);
    }
  }
  return paths;
}

/** The name under which others pull `unit` in: of a template, its default instance. Undefined when that is masked. */
function entryName(units: UnitDirectory, unit: Installable): string | undefined {
  const instance = lastSetting(unit.settings, 'Install', 'DefaultInstance');
  if (parseUnitName(unit.name)?.kind !== 'template' || instance === undefined) return unit.name;
  const name = withInstance(unit.name, expanded(instance, unit));
  return units.find(name)?.kind === 'masked' ? undefined : name;
}

/** The alias, with the unit's instance when the alias is a template; undefined when systemd would refuse it. */
function aliasName(alias: string, unit: string): string | undefined {
  const [own, theirs] = [parseUnitName(unit), parseUnitName(alias)];
  if (own === undefined || theirs === undefined || own.type !== theirs.type || alias === unit) return undefined;
  if (own.kind === 'plain') return theirs.kind === 'plain' ? alias : undefined;
  if (theirs.kind === 'template' && own.kind === 'instance') return withInstance(alias, own.instance ?? '');
  return theirs.kind === 'plain' ? undefined : alias;
}

/** `text` with the specifiers that `[Install]` allows and that are known at build time (systemd.unit(5), "Specifiers"). */
function expanded(text: string, unit: Installable): string {
  const parts = parseUnitName(unit.name);
  const prefix = parts?.prefix ?? '';
  const values: Readonly<Record<string, string>> = {
    '%': '%',
    n: unit.name,
    N: unit.name.slice(0, unit.name.lastIndexOf('.')),
    p: prefix,
    j: prefix.slice(prefix.lastIndexOf('-') + 1),
    i: parts?.instance ?? '',
  };
  return text.replace(/%(.)/g, (whole, letter: string) => values[letter] ?? whole);
}

/** Whether `name` is, or is an instance of, a unit of the image. */
export function unitExists(units: UnitDirectory, name: string): boolean {
  return units.find(name) !== undefined || units.find(templateOf(name) ?? name) !== undefined;
}
