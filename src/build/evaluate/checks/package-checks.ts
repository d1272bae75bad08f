import { show } from '../../../model/definition/explain.ts';
import { kernelPackage } from '../../../model/definition/kernel.ts';
import type { JsonObject } from '../../../model/definition/merge.ts';
import { valueAt } from '../../../model/definition/property-path.ts';
import type { Check } from './check.ts';

/** Index of `value` in the list that was written at `path`: the parsed list may lack entries that the schema refused. */
export function writtenIndex(written: JsonObject, path: readonly string[], value: string, nth = 0): number {
  const list = valueAt(written, path);
  if (!Array.isArray(list)) return 0;
  const indexes = list.flatMap((entry, index) => (entry === value ? [index] : []));
  return indexes[nth] ?? 0;
}

export const packageChecks: readonly Check[] = [
  {
    rule: 'package-excluded',
    severity: 'error',
    run(definition, report, written) {
      const wanted = new Set([...definition.packages, kernelPackage(definition.kernel, definition.architecture)]);
      for (const name of definition.exclude.filter((excluded) => wanted.has(excluded))) {
        report(
          ['exclude', writtenIndex(written, ['exclude'], name)],
          `the package ${show(name)} is asked for and excluded`,
          'remove it from packages or from exclude',
        );
      }
    },
  },
  {
    rule: 'duplicate',
    severity: 'warning',
    run(definition, report, written) {
      for (const list of ['packages', 'exclude', 'modules', 'kernelArguments'] as const) {
        const repeated = new Set(definition[list].filter((entry, at, all) => all.indexOf(entry) < at));
        for (const entry of repeated) {
          report([list, writtenIndex(written, [list], entry, 1)], `${show(entry)} is listed twice`, 'remove one');
        }
      }
    },
  },
];
