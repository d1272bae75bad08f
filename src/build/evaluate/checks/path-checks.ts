import { realPath } from '../../../model/definition/absolute-path.ts';
import type { ParsedDefinition } from '../../../model/definition/definition-schema.ts';
import { show } from '../../../model/definition/explain.ts';
import { SET_ID_BITS } from '../../../model/definition/mode.ts';
import { formatPath } from '../../../model/definition/property-path.ts';
import type { Check } from './check.ts';

const KINDS = ['files', 'directories', 'symlinks'] as const;

/** Files that Ashlar writes, and the key that says what is in them. */
const WRITTEN_BY_ASHLAR: ReadonlyMap<string, string> = new Map([
  ['/etc/hostname', 'hostname'],
  ['/etc/localtime', 'timeZone'],
  ['/etc/timezone', 'timeZone'],
  ['/etc/locale.conf', 'locale'],
  ['/etc/passwd', 'users'],
  ['/etc/shadow', 'users'],
  ['/etc/group', 'groups'],
  ['/etc/gshadow', 'groups'],
  ['/etc/machine-id', ''],
  ['/etc/os-release', 'name and version'],
  ['/usr/lib/os-release', 'name and version'],
]);

/** Every path of the definition where it really lies, with the entry that names it. */
function entries(definition: ParsedDefinition): { kind: (typeof KINDS)[number]; written: string; real: string }[] {
  return KINDS.flatMap((kind) =>
    Object.keys(definition[kind]).map((written) => ({ kind, written, real: realPath(written) })),
  );
}

function* parents(path: string): Generator<string> {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) yield path.slice(0, end);
}

export const pathChecks: readonly Check[] = [
  {
    rule: 'path-twice',
    severity: 'error',
    run(definition, report) {
      const seen = new Map<string, string>();
      for (const { kind, written, real } of entries(definition)) {
        const entry = formatPath([kind, written]);
        const first = seen.get(real);
        if (first === undefined) seen.set(real, entry);
        else report([kind, written], `${entry} is the same path as ${first}`, `both are ${real}: keep one`, 'key');
      }
    },
  },
  {
    rule: 'parent-not-directory',
    severity: 'error',
    run(definition, report) {
      const all = entries(definition);
      const solid = new Map(
        all
          .filter(({ kind }) => kind !== 'directories')
          .map(({ kind, real, written }) => [real, formatPath([kind, written])]),
      );
      for (const { kind, written, real } of all) {
        const parent = parents(real).find((path) => solid.has(path));
        if (parent === undefined) continue;
        report(
          [kind, written],
          `${show(written)} lies below ${solid.get(parent)}, which is not a directory`,
          'give it another path, or remove what is above it',
          'key',
        );
      }
    },
  },
  {
    rule: 'path-reserved',
    severity: 'error',
    run(definition, report) {
      for (const { kind, written, real } of entries(definition)) {
        const key = WRITTEN_BY_ASHLAR.get(real);
        if (key === undefined) continue;
        report(
          [kind, written],
          `${show(written)} is written by Ashlar`,
          key === '' ? 'remove it: each machine makes its own' : `say it with ${key}`,
          'key',
        );
      }
    },
  },
  {
    rule: 'set-id-not-allowed',
    severity: 'error',
    run(definition, report) {
      const allowed = new Set(definition.surface.setuid.map(realPath));
      for (const [path, { mode }] of Object.entries(definition.files)) {
        if ((mode & SET_ID_BITS) === 0 || allowed.has(realPath(path))) continue;
        report(
          ['files', path, 'mode'],
          `${show(path)} has a setuid or setgid bit, which would be taken off`,
          `add ${show(path)} to surface.setuid, or leave the bit out`,
        );
      }
    },
  },
];
