import { show } from '../../../model/definition/explain.ts';
import { kernelPackage } from '../../../model/definition/kernel.ts';
import type { JsonObject } from '../../../model/definition/merge.ts';
import { valueAt } from '../../../model/definition/property-path.ts';
import type { Check } from './check.ts';

/** Index of `value` in the list that was written at `path`: the parsed list may lack entries that the schema refused. */
export function writtenIndex(written: JsonObject, path: readonly string[], value: string): number {
  const list = valueAt(written, path);
  if (!Array.isArray(list)) return 0;
  return Math.max(0, list.indexOf(value));
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
    run(_, report, written) {
      for (const list of ['packages', 'exclude', 'modules', 'kernelArguments'] as const) {
        const entries = written[list];
        if (!Array.isArray(entries)) continue;
        const seen = new Set<unknown>();
        for (const [index, entry] of entries.entries()) {
          if (seen.has(entry)) report([list, index], `${show(entry)} is listed twice`, 'remove one');
          seen.add(entry);
        }
      }
    },
  },
];
