// Started by evaluate-typescript.ts under `node --permission`: evaluates the definition named by its argument (a file URL), tells
// what came of it on descriptor 3 and ends.
import { writeSync } from 'node:fs';
import type { CallPlace } from '../../../model/definition/call-place.ts';
import { placesOfStack } from '../../../model/definition/call-place.ts';
import { isSystemDefinition, type SystemDefinition } from '../../../model/definition/define-system.ts';
import { type Fragment, isFragment } from '../../../model/definition/fragment.ts';
import { confine } from './confine.ts';
import { plainData } from './plain-data.ts';
import { REPORT_DESCRIPTOR, type Report, type ReportedPart } from './report.ts';

type Outcome = Report extends infer Each ? (Each extends Report ? Omit<Each, 'sources'> : never) : never;

/** Refusals that need no mention when the definition went on without: it asked whether a file is there. */
const HARMLESS = new Set(['FileSystemRead']);

/** How many lines of source a syntax error shows before its carets, at most. */
const MAX_CONTEXT_LINES = 8;

const [, , definitionUrl = ''] = process.argv;
const sources = new Set<string>();
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const ownSources = new URL('../../../', import.meta.url).href;
const { refusals, failedImport } = confine(new URL(`index.${extension}`, ownSources).href, (url) => {
  if (!url.startsWith(ownSources)) sources.add(url);
});

const { promise: failed, resolve: fail } = Promise.withResolvers<Outcome>();
process.on('uncaughtException', (error) => fail(failure(error)));
const outcome = await Promise.race([evaluate(), failed]);
// What was printed waits in this process as long as its reader is slow, and would be lost with it.
for (const stream of [process.stdout, process.stderr]) await new Promise((resolve) => stream.write('', resolve));
tell(outcome);
process.exit(0);

function tell(outcome: Outcome): void {
  const report = Buffer.from(JSON.stringify({ ...outcome, sources: [...sources] }));
  for (let written = 0; written < report.length; ) written += writeSync(REPORT_DESCRIPTOR, report, written);
}

async function evaluate(): Promise<Outcome> {
  try {
    const module = (await import(definitionUrl)) as { default?: unknown };
    // A connection is refused one turn after it was asked for.
    await new Promise((resolve) => setImmediate(resolve));
    const refused = refusals.find(({ permission }) => !HARMLESS.has(permission));
    if (refused !== undefined) return { kind: 'refused', ...refused };
    const system = module.default;
    return isSystemDefinition(system)
      ? { kind: 'system', parts: partsOf(system) }
      : { kind: 'no-system', found: describe(system) };
  } catch (error) {
    return failure(error);
  }
}

/** The definition, then its fragments as `use` lists them, each before those that it uses itself and each once. */
function partsOf(system: SystemDefinition): ReportedPart[] {
  const parts: ReportedPart[] = [];
  const seen = new Set<Fragment>();
  const add = (name: string | undefined, places: readonly CallPlace[], input: object): void => {
    const { use, ...own } = { use: undefined, ...input } as { use?: unknown };
    const { value, notData } = plainData(own);
    const used: unknown[] = Array.isArray(use) ? use : use === undefined ? [] : [use];
    const strangers = used.flatMap((one, at) =>
      isFragment(one) ? [] : [{ path: ['use', at], what: `${describe(one)} and not a fragment` }],
    );
    parts.push({ name, places, value, notData: [...notData, ...strangers] });
    for (const one of used) {
      if (!isFragment(one) || seen.has(one)) continue;
      seen.add(one);
      add(String(one.name), one.places, Object(one.input) as object);
    }
  };
  add(undefined, system.places, Object(system.input) as object);
  return parts;
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'object' && value !== null) return 'an object that defineSystem did not make';
  return `a ${typeof value}`;
}

function failure(error: unknown): Outcome {
  const refused = refusals.at(-1);
  if (refused !== undefined && deniedIn(error)) return { kind: 'refused', ...refused };
  if (!(error instanceof Error)) return { kind: 'threw', name: 'Error', message: String(error), place: undefined };
  return { kind: 'threw', name: error.name, message: error.message, place: placeOfError(error) };
}

/** Whether `error` comes of a refusal: Node wraps it at times (`fetch failed`). */
function deniedIn(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_ACCESS_DENIED') return true;
  }
  return false;
}

/** A syntax error begins its stack with the place, lines of source and carets; others have frames. */
function placeOfError(error: Error): CallPlace | undefined {
  const [first = '', ...lines] = (error.stack ?? '').split('\n');
  const [, file, row] = /^((?:file:\/\/|\/).*):(\d+)$/.exec(first) ?? [];
  const carets = lines.slice(0, MAX_CONTEXT_LINES).find((line) => /^\s*\^+\s*$/.test(line));
  if (file !== undefined && carets !== undefined) return { file, line: Number(row), column: carets.indexOf('^') + 1 };
  if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return failedImport();
  return placesOfStack(error.stack ?? '').find((frame) => !frame.file.startsWith(ownSources));
}
