import { definitionSchema, type ParsedDefinition } from '../../model/definition/definition-schema.ts';
import type { Json, JsonObject } from '../../model/definition/merge.ts';
import type { Problem } from '../../model/definition/problem.ts';
import { problemsOfIssues } from '../../model/definition/problems-of-issues.ts';
import { type PropertyPath, valueAt } from '../../model/definition/property-path.ts';

/** What stands in for a required value that is missing or broken, so that the rest can still be checked. */
const STAND_INS: JsonObject = { name: 'system', version: '0', base: { suite: 'stable' } };

/** Each round removes what the schema complained of; a definition has a handful of levels. */
const MAX_ROUNDS = 12;

/**
 * Parses `input`, and goes on after mistakes: what the schema complains of is taken out and the rest parsed again, so that checks
 * of meaning see everything that is sound. All problems are those of the first round; the later ones come from the taking out.
 */
export function parseTolerantly(input: JsonObject): { parsed: ParsedDefinition | undefined; problems: Problem[] } {
  const first = definitionSchema.safeParse(input);
  if (first.success) return { parsed: first.data, problems: [] };
  const problems = problemsOfIssues(first.error.issues, input);
  let broken = problems.map(({ path }) => path);
  let rest: JsonObject = input;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    rest = {
      ...STAND_INS,
      ...(without(
        rest,
        broken.map((path) => presentPart(rest, path)),
      ) as JsonObject),
    };
    const result = definitionSchema.safeParse(rest);
    if (result.success) return { parsed: result.data, problems };
    broken = problemsOfIssues(result.error.issues, rest).map(({ path }) => path);
  }
  return { parsed: undefined, problems };
}

/** `path`, or when nothing is there, the nearest thing around it: what lacks a required key goes as a whole. */
function presentPart(root: JsonObject, path: PropertyPath): PropertyPath {
  let present = path;
  while (present.length > 1 && valueAt(root, present) === undefined) present = present.slice(0, -1);
  return present;
}

function without(value: Json, paths: readonly PropertyPath[]): Json {
  if (typeof value !== 'object' || value === null || paths.length === 0) return value;
  const removed = new Set<string | number>();
  const below = new Map<string | number, PropertyPath[]>();
  for (const [key, ...rest] of paths) {
    if (key === undefined) continue;
    if (rest.length === 0) removed.add(key);
    else if (below.get(key)?.push(rest) === undefined) below.set(key, [rest]);
  }
  if (Array.isArray(value)) {
    return value.flatMap((child: Json, at) => (removed.has(at) ? [] : [without(child, below.get(at) ?? [])]));
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !removed.has(key))
      .map(([key, child]) => [key, without(child as Json, below.get(key) ?? [])]),
  );
}
