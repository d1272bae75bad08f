import type { Definition } from '../../../../model/definition/definition.ts';
import type { TreeEditor } from '../tree-editor.ts';
import { parseUnitName, templateOf } from './unit-name.ts';

/** A unit of Debian that is started in every system that has it, and why. */
const ALWAYS_ENABLED: readonly { readonly unit: string; readonly reason: string }[] = [
  { unit: 'fstrim.timer', reason: 'tells the disk weekly which blocks of /var are free' },
  { unit: 'systemd-networkd.service', reason: 'configures the network' },
  { unit: 'systemd-pstore.service', reason: 'keeps what the kernel said when it crashed: evidence against a release' },
  { unit: 'systemd-resolved.service', reason: 'who installs it wants names resolved by it' },
  {
    unit: 'systemd-timesyncd.service',
    reason: 'who installs it wants the clock set by it; certificates need the time',
  },
];

/** The name sorts before those of packages: the first rule that matches a unit decides (systemd.preset(5)). */
const SYSTEM_PRESETS = '/usr/lib/systemd/system-preset/00-ashlar.preset';
const USER_PRESETS = '/usr/lib/systemd/user-preset/00-ashlar.preset';

/**
 * Writes the presets of the system: what the definition says, what every system needs, `ownUnits` that Ashlar made for this one,
 * and nothing else. The file stays in the image: it answers why a unit is on, and `systemctl preset-all` changes nothing.
 */
export function writePresets(
  tree: TreeEditor,
  { services }: Pick<Definition, 'services'>,
  ownUnits: readonly string[],
): void {
  const lines = [
    '# From the definition.',
    ...enableLines(services.enable),
    ...[...services.disable, ...services.mask].map((unit) => `disable ${unit}`),
    '# What every system needs.',
    ...ALWAYS_ENABLED.map(({ unit }) => `enable ${unit}`),
    '# What Ashlar made for this one.',
    ...enableLines(ownUnits),
    '# Nothing else starts unasked.',
    'disable *',
  ];
  tree.writeFile(SYSTEM_PRESETS, lines.map((line) => `${line}\n`).join(''));
  tree.writeFile(USER_PRESETS, '# Nothing starts unasked.\ndisable *\n');
}

/** A rule for each unit; all instances of a template are in one, because only the first that matches the template counts. */
function enableLines(units: readonly string[]): string[] {
  const instances = new Map<string, string[]>();
  for (const unit of units) {
    const template = templateOf(unit);
    const instance = parseUnitName(unit)?.instance;
    if (template === undefined || instance === undefined) instances.set(unit, []);
    else instances.set(template, [...(instances.get(template) ?? []), instance]);
  }
  return [...instances].map(([unit, names]) => ['enable', unit, ...names].join(' '));
}
