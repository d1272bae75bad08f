import { bytesOf } from '../../../../model/byte-string.ts';
import { globPattern } from '../leave-out/glob.ts';
import type { TreeEditor } from '../tree-editor.ts';
import type { UnitScope } from './unit-directory.ts';
import { withInstance } from './unit-name.ts';

/** One line of a preset file (systemd.preset(5)). */
export interface PresetRule {
  readonly action: 'enable' | 'disable' | 'ignore';
  /** A shell glob over unit names. */
  readonly pattern: string;
  /** Instances to enable of a template. */
  readonly instances: readonly string[];
}

/** What presets say about a unit: the names to enable (its own, or its instances), or that it is to be off or left alone. */
export type PresetVerdict =
  | { readonly action: 'enable'; readonly names: readonly string[] }
  | { readonly action: 'disable' | 'ignore' };

/** Where preset files lie; a file in an earlier directory hides one of the same name in a later one. */
const presetDirectories = (scope: UnitScope): string[] => [
  `/etc/systemd/${scope}-preset`,
  `/usr/local/lib/systemd/${scope}-preset`,
  `/usr/lib/systemd/${scope}-preset`,
];

/** The rules of one preset file; lines that are none are left out. */
export function parsePresets(text: string): PresetRule[] {
  return text.split('\n').flatMap((raw): PresetRule[] => {
    const [action, pattern, ...instances] = raw.trim().split(/\s+/);
    if (pattern === undefined || (action !== 'enable' && action !== 'disable' && action !== 'ignore')) return [];
    return [{ action, pattern, instances: action === 'enable' ? instances : [] }];
  });
}

/** All rules of the image, in the order in which they are asked. */
export function readPresets(tree: TreeEditor, scope: UnitScope): PresetRule[] {
  const paths = new Map<string, string>();
  for (const directory of presetDirectories(scope)) {
    for (const name of tree.directory(directory)?.children.keys() ?? []) {
      if (name.endsWith('.preset') && name === bytesOf(name) && !paths.has(name))
        paths.set(name, `${directory}/${name}`);
    }
  }
  return [...paths.keys()].sort().flatMap((name) => parsePresets(tree.text(paths.get(name) ?? '') ?? ''));
}

/** What `rules` say about `unit`: the first that matches decides, and what none matches is enabled. */
export function presetVerdict(rules: readonly PresetRule[], unit: string): PresetVerdict {
  const rule = rules.find((one) => matches(one.pattern, unit));
  if (rule !== undefined && rule.action !== 'enable') return { action: rule.action };
  if (rule === undefined || rule.instances.length === 0) return { action: 'enable', names: [unit] };
  return { action: 'enable', names: rule.instances.map((instance) => withInstance(unit, instance)) };
}

function matches(pattern: string, unit: string): boolean {
  return globPattern(pattern).test(unit);
}
