import type { ParsedDefinition } from '../../model/definition/definition-schema.ts';
import type { JsonObject } from '../../model/definition/merge.ts';
import type { Problem } from '../../model/definition/problem.ts';
import { CHECKS } from './checks/checks.ts';
import { parseTolerantly } from './parse-tolerantly.ts';

/** Parses what was written and applies every check, so that one run tells everything that is wrong. */
export function checkDefinition(written: JsonObject): { parsed: ParsedDefinition | undefined; problems: Problem[] } {
  const { parsed, problems } = parseTolerantly(written);
  if (parsed === undefined) return { parsed, problems };
  const meaning = CHECKS.flatMap(({ rule, severity, run }) => {
    const found: Problem[] = [];
    run(
      parsed,
      (path, message, hint, at = 'value') => found.push({ severity, rule, message, hint, path, at }),
      written,
    );
    return found;
  });
  return { parsed, problems: [...problems, ...meaning] };
}
