import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Definition } from '../../model/definition/definition.ts';
import { DefinitionError } from '../../model/definition/definition-error.ts';
import { type Merged, merge } from '../../model/definition/merge.ts';
import type { Problem } from '../../model/definition/problem.ts';
import { formatPath } from '../../model/definition/property-path.ts';
import type { Sha256 } from '../../model/digest.ts';
import type { Finding } from '../../model/finding.ts';
import { checkDefinition } from './check-definition.ts';
import { completeDefinition } from './complete-definition.ts';
import { definitionDigest } from './definition-digest.ts';
import type { Limits } from './evaluate-typescript.ts';
import { type DefinitionFile, locateDefinition } from './locate-definition.ts';
import { readYaml } from './read-yaml.ts';
import { contentReader } from './resolve-contents.ts';
import type { WrittenDefinition } from './written-definition.ts';

/** Nobody reads more at once, and finding the place of each costs time. */
const MAX_PROBLEMS = 100;

/** A definition that can be built. */
export interface Evaluated {
  readonly definition: Definition;
  /** Of everything that the definition says, the bytes of its files included. */
  readonly digest: Sha256;
  /** Absolute: the folder of the definition, where its lock lies. */
  readonly directory: string;
  /** Every file that was read, absolute: when none of them changed, neither did the definition. */
  readonly sources: readonly string[];
  readonly warnings: readonly Finding[];
  /** What the definition printed while it was evaluated. */
  readonly output: string;
}

export interface EvaluateOptions {
  readonly limits?: Limits | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the definition at `place` (a folder with an `os.ts`, `os.yaml`, `os.yml` or `os.json`, or a file), merges its fragments,
 * checks it and reads the files that it names.
 * @throws DefinitionError (`definition-invalid`) with everything that is wrong
 * @throws AshlarError `definition-not-found`, `definition-ambiguous`, `definition-not-allowed`, `definition-stopped`, `interrupted`
 */
export async function evaluateDefinition(place: string, options: EvaluateOptions = {}): Promise<Evaluated> {
  const file = locateDefinition(place);
  const written = await readWritten(file, options);
  const merged = merge(written.parts);
  const { parsed, problems } =
    written.parts.length === 0 ? { parsed: undefined, problems: [] } : checkDefinition(merged.value);
  const reader = contentReader(file.directory, displayPath);
  const completed = parsed === undefined ? undefined : completeDefinition(parsed, reader);
  const all = [...merged.conflicts, ...problems, ...(completed?.problems ?? []), ...reader.problems];
  const findings = inOrder([
    ...written.findings,
    ...worstOf(all).map((problem) => toFinding(problem, merged, written)),
    ...reader.findings,
  ]);
  if (completed === undefined || findings.some(({ severity }) => severity === 'error')) {
    throw new DefinitionError(displayPath(file.path), findings);
  }
  return {
    definition: completed.definition,
    digest: definitionDigest(completed.definition),
    directory: file.directory,
    sources: [...new Set([...written.sources, ...reader.sources])].sort(),
    warnings: findings,
    output: written.output,
  };
}

async function readWritten(file: DefinitionFile, { limits, signal }: EvaluateOptions): Promise<WrittenDefinition> {
  if (file.language === 'yaml') {
    return { ...readYaml(readFileSync(file.path, 'utf8'), displayPath(file.path)), sources: [file.path], output: '' };
  }
  const { readTypescript } = await import('./read-typescript.ts');
  return readTypescript(file, displayPath, limits, signal);
}

/** How messages call a file: relative to where the person stands, unless that would climb. */
function displayPath(absolute: string): string {
  const way = relative(process.cwd(), absolute);
  return way.startsWith('..') ? absolute : way;
}

/** The first problems, errors before warnings, and one that says how many there are besides. */
function worstOf(problems: readonly Problem[]): readonly Problem[] {
  if (problems.length <= MAX_PROBLEMS) return problems;
  const errors = problems.filter(({ severity }) => severity === 'error');
  const warnings = problems.filter(({ severity }) => severity === 'warning');
  const more: Problem = {
    severity: errors.length > 0 ? 'error' : 'warning',
    rule: 'too-many',
    message: `there are ${problems.length - MAX_PROBLEMS} more problems`,
    hint: 'correct these first',
    path: [],
    at: 'value',
  };
  return [...[...errors, ...warnings].slice(0, MAX_PROBLEMS), more];
}

function toFinding(problem: Problem, merged: Merged, written: WrittenDefinition): Finding {
  const { severity, rule, message, hint, path, at } = problem;
  const said = merged.originOf(path);
  const place = written.locate({ path: said?.path ?? path, at }, said?.origin);
  return { severity, rule, message, hint, place, path: formatPath(path) };
}

/** By file and line, as a person goes through them; the order of discovery where there is no line. */
function inOrder(findings: readonly Finding[]): Finding[] {
  return findings.toSorted(
    (a, b) =>
      compare(a.place?.file ?? '', b.place?.file ?? '') ||
      (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
      (a.place?.column ?? 0) - (b.place?.column ?? 0),
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
