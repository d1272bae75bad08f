import type { TreeEditor } from '../assemble/system/tree-editor.ts';
import { type UnitDirectory, unitSearchPath } from '../assemble/system/units/unit-directory.ts';
import { listSetting } from '../assemble/system/units/unit-file.ts';
import { templateOf } from '../assemble/system/units/unit-name.ts';

/** Settings and folders by which a unit starts another (systemd.unit(5)). */
const PULLING_SETTINGS = ['Wants', 'Requires', 'BindsTo', 'Upholds', 'OnSuccess'] as const;
const PULLING_FOLDERS = ['.wants', '.requires', '.upholds'] as const;
/** What every boot starts besides the default target: services need `basic.target`, and that `sysinit.target`. */
const ROOTS = ['default.target', 'basic.target', 'sysinit.target'];

/**
 * The units that are started at boot and by which units, following links and settings from the default target on. Masked and
 * missing units start nothing. What udev, D-Bus and timers start later is not in it.
 */
export function startedUnits(tree: TreeEditor, units: UnitDirectory): Map<string, Set<string>> {
  const started = new Map<string, Set<string>>();
  const aliases = aliasesByUnit(units);
  const waiting: [unit: string, by: string][] = ROOTS.map((root) => [root, 'boot']);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [name, by] = next;
    const found = units.find(name);
    if (found === undefined || found.kind === 'masked') continue;
    if (found.kind === 'alias') {
      waiting.push([found.of, by]);
      continue;
    }
    const known = started.get(name);
    if (known !== undefined) {
      known.add(by);
      continue;
    }
    started.set(name, new Set([by]));
    const pulled = [...listSetting(found.settings, 'Unit', ...PULLING_SETTINGS), ...linked(tree, aliases, name)];
    for (const unit of pulled) waiting.push([unit, name]);
  }
  return started;
}

function linked(tree: TreeEditor, aliases: ReadonlyMap<string, readonly string[]>, name: string): string[] {
  const template = templateOf(name);
  const owners = [name, ...(template === undefined ? [] : [template]), ...(aliases.get(name) ?? [])];
  return owners.flatMap((owner) =>
    unitSearchPath('system').flatMap((directory) =>
      PULLING_FOLDERS.flatMap((folder) => [
        ...(tree.directory(`${directory}/${owner}${folder}`)?.children.keys() ?? []),
      ]),
    ),
  );
}

function aliasesByUnit(units: UnitDirectory): Map<string, string[]> {
  const aliases = new Map<string, string[]>();
  for (const name of units.names()) {
    const found = units.find(name);
    if (found?.kind === 'alias') aliases.set(found.of, [...(aliases.get(found.of) ?? []), name]);
  }
  return aliases;
}
