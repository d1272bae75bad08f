import { closest } from '../../../../model/closest.ts';
import type { Definition } from '../../../../model/definition/definition.ts';
import { AshlarError } from '../../../../model/error.ts';
import type { TreeEditor } from '../tree-editor.ts';
import { writePresets } from './ashlar-presets.ts';
import type { InstallLink } from './install-units.ts';
import { unlinkNotStarted } from './not-started-units.ts';
import { disableAll, presetAll } from './preset-all.ts';
import { readPresets } from './preset-rules.ts';
import { UnitDirectory } from './unit-directory.ts';
import { listSetting } from './unit-file.ts';
import { parseUnitName, templateOf } from './unit-name.ts';

/** The target that pulls in units of a type at boot; the rest start with the system itself. */
const TARGET_OF_TYPE: Readonly<Record<string, string>> = {
  automount: 'local-fs.target',
  mount: 'local-fs.target',
  path: 'paths.target',
  socket: 'sockets.target',
  swap: 'swap.target',
  timer: 'timers.target',
};

/**
 * Decides once, at build time, which units start: masks, presets, and what the definition enables although it has no `[Install]`
 * section. `ownUnits` are those that Ashlar made. Links that the definition itself has under `/etc/systemd` are laid afterwards.
 *
 * Throws `unit-unknown` for units to enable that are not in the image.
 */
export function enableUnits(
  tree: TreeEditor,
  definition: Pick<Definition, 'services'>,
  ownUnits: readonly string[],
): void {
  const { enable, mask } = definition.services;
  for (const scope of ['system', 'user'] as const) disableAll(tree, scope);
  tree.writeSymlink('/etc/systemd/system/default.target', '/usr/lib/systemd/system/multi-user.target');
  for (const unit of mask) tree.writeSymlink(`/etc/systemd/system/${unit}`, '/dev/null');
  unlinkNotStarted(tree, new Set(enable));
  writePresets(tree, definition, ownUnits);

  const units = new UnitDirectory(tree, 'system');
  refuseUnknown(units, enable);
  for (const { path, target } of enable.flatMap((unit) => linkWithoutInstall(units, unit)))
    tree.writeSymlink(path, target);
  for (const scope of ['system', 'user'] as const) presetAll(tree, scope, readPresets(tree, scope));
}

function refuseUnknown(units: UnitDirectory, enable: readonly string[]): void {
  const unknown = enable.filter((unit) => units.find(unit) === undefined);
  if (unknown.length === 0) return;
  const names = units.names();
  const questions = unknown.map((unit) => {
    const meant = closest(unit, names);
    return meant === undefined ? unit : `${unit} (did you mean ${meant}?)`;
  });
  throw new AshlarError('unit-unknown', `Units are enabled that are not in the image: ${questions.join(', ')}`, {
    hint: 'Correct the name in services.enable, or add the package that has the unit; `ashlar inspect` lists units.',
  });
}

/** `systemctl enable` does nothing for a unit without `[Install]`; a definition that enables one means that it is to start. */
function linkWithoutInstall(units: UnitDirectory, name: string): InstallLink[] {
  const found = units.find(name);
  const unit = found?.kind === 'alias' ? units.find(found.of) : found;
  if (unit?.kind !== 'file' || templateOf(name) === name || parseUnitName(name)?.kind === 'template') return [];
  const installs = listSetting(unit.settings, 'Install', 'WantedBy', 'RequiredBy', 'UpheldBy', 'Alias', 'Also');
  if (installs.length > 0) return [];
  const target = TARGET_OF_TYPE[parseUnitName(name)?.type ?? ''] ?? 'multi-user.target';
  return [{ path: `/etc/systemd/system/${target}.wants/${name}`, target: unit.path }];
}
