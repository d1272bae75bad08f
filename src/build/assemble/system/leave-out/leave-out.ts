import type { Definition } from '../../../../model/definition/definition.ts';
import type { TreeNode } from '../../../../model/tree.ts';
import type { TreeEditor } from '../tree-editor.ts';
import { parseUnitFile } from '../units/unit-file.ts';
import { expandBraces, matchesAny } from './glob.ts';
import type { LeaveOutRule, LeftOut, SystemFacts } from './leave-out-rule.ts';
import { LEAVE_OUT_RULES } from './leave-out-rules.ts';
import { type InstalledPackages, matchingPackages, readInstalledPackages } from './package-files.ts';
import { entriesBelow, Remover } from './remover.ts';
import { selectPaths, type TreeEntry } from './select-paths.ts';

const UNIT_ROOTS = ['etc/systemd/system', 'usr/lib/systemd/system', 'usr/local/lib/systemd/system'];
/** A script is looked into up to this size for its interpreter: none in Debian is larger. */
const MAX_SCRIPT_BYTES = 128 * 1024;
/** As much of the first line as the kernel looks at (`BINPRM_BUF_SIZE`). */
const MAX_SHEBANG_BYTES = 256;

const BROKEN_UNITS = { name: 'broken-units', reason: 'The program that they run was left out.' };
const BROKEN_SCRIPTS = { name: 'broken-scripts', reason: 'The interpreter of these scripts was left out.' };
const BROKEN_LINKS = { name: 'broken-links', reason: 'What these links lead to was left out.' };

/**
 * Takes out of `tree` what a running immutable system cannot use, and then what that breaks: units whose program is gone,
 * scripts whose interpreter is gone, links that led to something. `original` is the tree before anything was changed. Programs
 * that the remaining units run are spared by rules about packages.
 */
export function leaveOut(
  tree: TreeEditor,
  original: TreeEditor,
  definition: Definition,
  rules: readonly LeaveOutRule[] = LEAVE_OUT_RULES,
): LeftOut[] {
  const packages = readInstalledPackages(original);
  const facts: SystemFacts = {
    definition,
    packages: packages.names,
    has: (path) => original.resolve(path) !== undefined,
  };
  const inForce = rules.filter((rule) => rule.unless?.(facts) !== true);
  const gone = goingPackages(inForce, packages, definition);
  const keep = definition.keep.paths.map((path) => path.slice(1));
  const spared = new Set<TreeNode>();
  const remover = new Remover(keep, spared);

  removeUnits(tree, remover, inForce, gone, packages, definition);
  for (const { programs } of runningUnits(tree)) {
    for (const { path } of programs) addNode(spared, tree, path);
  }
  for (const [rule, names] of gone) removePackages(tree, remover, rule, names, packages);
  spared.clear();
  for (const rule of inForce) {
    const except = (rule.except ?? []).concat(rule.name === 'locales' ? localePaths(definition.locale) : []);
    for (const entry of selectPaths(tree.root, rule.paths ?? [])) {
      remover.remove(rule, entry, except.flatMap(expandBraces));
    }
  }
  removeBrokenScripts(tree, original, remover);
  removeBrokenUnits(tree, original, remover);
  removeBrokenLinks(tree, original, remover);
  return remover.report();
}

/** Which packages each rule takes out; one that the definition names stays. */
function goingPackages(
  rules: readonly LeaveOutRule[],
  packages: InstalledPackages,
  definition: Definition,
): Map<LeaveOutRule, ReadonlySet<string>> {
  const going = new Map<LeaveOutRule, ReadonlySet<string>>();
  const all = new Set<string>();
  const certainFirst = [...rules].sort((a, b) => Number(a.unlessNeeded ?? false) - Number(b.unlessNeeded ?? false));
  for (const rule of certainFirst) {
    const matching = matchingPackages(packages, (rule.packages ?? []).flatMap(expandBraces));
    const candidates = new Set(matching.filter((name) => !definition.packages.includes(name)));
    const names = rule.unlessNeeded === true ? packages.unneeded(candidates, all) : candidates;
    for (const name of names) all.add(name);
    going.set(rule, names);
  }
  return going;
}

function removeUnits(
  tree: TreeEditor,
  remover: Remover,
  rules: readonly LeaveOutRule[],
  gone: ReadonlyMap<LeaveOutRule, ReadonlySet<string>>,
  packages: InstalledPackages,
  definition: Definition,
): void {
  const units = unitEntries(tree);
  for (const rule of rules) {
    const ofPackages = new Set(
      [...(gone.get(rule) ?? [])].flatMap((name) =>
        packages.files(name).flatMap((path) => /\/systemd\/system\/([^/]+\.[a-z]+)$/.exec(path)?.[1] ?? []),
      ),
    );
    const wanted = (unit: string): boolean =>
      definition.services.enable.includes(unit) || definition.units[unit] !== undefined;
    for (const entry of units) {
      const unit = unitOf(entry);
      if (wanted(unit)) continue;
      if (ofPackages.has(unit) || matchesAny(rule.units ?? [], unit)) remover.remove(rule, entry);
    }
  }
}

/** Everything in the unit folders that is about one unit: files, links, drop-in folders, entries in `.wants` folders. */
function unitEntries(tree: TreeEditor): TreeEntry[] {
  return selectPaths(
    tree.root,
    UNIT_ROOTS.flatMap((root) => [`${root}/*`, `${root}/*.{wants,requires,upholds}/*`]),
  );
}

/** The unit that `entry` is about: of a link, the unit that it leads to. */
function unitOf(entry: TreeEntry): string {
  const target = entry.node.type === 'symlink' && entry.node.target !== '/dev/null' ? entry.node.target : entry.name;
  const name = target.slice(target.lastIndexOf('/') + 1);
  return entry.node.type === 'directory' ? name.replace(/\.(d|wants|requires|upholds)$/, '') : name;
}

function removePackages(
  tree: TreeEditor,
  remover: Remover,
  rule: LeaveOutRule,
  names: ReadonlySet<string>,
  packages: InstalledPackages,
): void {
  const directories: string[] = [];
  for (const name of names) {
    for (const path of packages.files(name)) {
      const entry = path.length > 1 ? tree.entry(path) : undefined;
      if (entry?.node.type === 'directory') directories.push(path);
      else if (entry !== undefined && !isCopyright(path)) remover.remove(rule, entry);
    }
  }
  for (const path of directories.sort((a, b) => b.length - a.length)) {
    const entry = isShared(path) ? undefined : tree.entry(path);
    if (entry?.node.type === 'directory' && entry.node.children.size === 0) remover.remove(rule, entry);
  }
}

/** A folder near the root belongs to the layout of the system, whoever lists it. */
function isShared(path: string): boolean {
  return path.split('/').length <= 3;
}

/** Notices stay also of packages that are left out: parts of them may be in the image. */
function isCopyright(path: string): boolean {
  return path.startsWith('/usr/share/doc/') && path.endsWith('/copyright');
}

/** The programs that a unit cannot start without (`required`), and those that it runs if they are there. */
interface UnitPrograms {
  readonly entry: TreeEntry;
  readonly programs: readonly { readonly path: string; readonly required: boolean }[];
}

function* runningUnits(tree: TreeEditor): Generator<UnitPrograms> {
  for (const entry of selectPaths(
    tree.root,
    UNIT_ROOTS.map((root) => `${root}/*.{service,socket,mount,swap}`),
  )) {
    if (entry.node.type !== 'file') continue;
    const programs = parseUnitFile(tree.textOf(entry.node))
      .filter(({ section, key, value }) => /^(Service|Socket)$/.test(section) && /^Exec/.test(key) && value !== '')
      .map(({ value }) => {
        const [, prefix = '', program = ''] = /^([-@:+!|]*)"?([^\s"]*)/.exec(value) ?? [];
        return { path: program.startsWith('/') ? program : `/usr/bin/${program}`, required: !prefix.includes('-') };
      });
    yield { entry, programs };
  }
}

function addNode(nodes: Set<TreeNode>, tree: TreeEditor, path: string): void {
  const node = tree.resolve(path);
  if (node !== undefined) nodes.add(node);
}

function removeBrokenUnits(tree: TreeEditor, original: TreeEditor, remover: Remover): void {
  for (const { entry, programs } of [...runningUnits(tree)]) {
    const broken = programs.some(
      ({ path, required }) => required && tree.resolve(path) === undefined && original.resolve(path) !== undefined,
    );
    if (broken) remover.remove(BROKEN_UNITS, entry);
  }
}

function removeBrokenScripts(tree: TreeEditor, original: TreeEditor, remover: Remover): void {
  for (const entry of selectPaths(tree.root, ['usr/{bin,sbin}/*'])) {
    if (entry.node.type !== 'file' || entry.node.content.size > MAX_SCRIPT_BYTES) continue;
    const [, program] = /^#!\s*(\/\S+)/.exec(tree.head(entry.node, MAX_SHEBANG_BYTES).toString('latin1')) ?? [];
    if (program === undefined || tree.resolve(program) !== undefined) continue;
    if (original.resolve(program) !== undefined) remover.remove(BROKEN_SCRIPTS, entry);
  }
}

function removeBrokenLinks(tree: TreeEditor, original: TreeEditor, remover: Remover): void {
  for (const entry of [...entriesBelow(tree.root)]) {
    if (entry.node.type !== 'symlink') continue;
    const path = `/${entry.path}`;
    if (tree.resolve(path) === undefined && original.resolve(path) !== undefined) remover.remove(BROKEN_LINKS, entry);
  }
}

/** Where messages and data of `locale` lie: `en_GB.UTF-8` is `en_GB.utf8` on disk; its messages may be under `en` alone. */
function localePaths(locale: string): string[] {
  const [territory = 'C'] = locale.split('.');
  const [language = 'C'] = territory.split('_');
  return [`usr/lib/locale/${territory}.utf8`, `usr/share/locale/{${language},${territory}}`];
}
