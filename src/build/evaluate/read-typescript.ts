import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CallPlace } from '../../model/definition/call-place.ts';
import type { Origin, Part } from '../../model/definition/merge.ts';
import { AshlarError, type Place } from '../../model/error.ts';
import type { Finding } from '../../model/finding.ts';
import { evaluateTypescript, type Limits } from './evaluate-typescript.ts';
import type { DefinitionFile } from './locate-definition.ts';
import { offsetOf, placeInText, placeOfLine } from './place-in-text.ts';
import { propertyInSource } from './property-in-source.ts';
import type { Report } from './sandbox/report.ts';
import type { Locate, WrittenDefinition } from './written-definition.ts';

/**
 * Evaluates a definition in TypeScript or JavaScript. What it throws, and that it exports no system, are findings.
 * @throws AshlarError `definition-not-allowed` when it tried what a definition may not do, `definition-stopped`
 */
export async function readTypescript(
  file: DefinitionFile,
  displayPath: (absolute: string) => string,
  limits?: Limits,
  signal?: AbortSignal,
): Promise<WrittenDefinition> {
  const { report, output } = await evaluateTypescript(file, limits, signal);
  const texts = sourceTexts();
  const main = displayPath(file.path);
  const placeOf = (call: CallPlace | undefined): Place => {
    const path = call === undefined ? undefined : pathOf(call.file);
    const text = path === undefined ? undefined : texts(path);
    if (path === undefined || call === undefined || text === undefined) return { file: main };
    return placeOfLine(displayPath(path), text, call.line, call.column);
  };
  const sources = report.sources.flatMap((url) => pathOf(url) ?? []);
  switch (report.kind) {
    case 'system':
      return { ...systemOf(report, placeOf, texts, displayPath), sources, output };
    case 'refused':
      throw refusal(main, report, placeOf(report.place));
    case 'no-system':
      return {
        ...unreadable(
          'no-system',
          `the default export is ${report.found}`,
          "write `export default defineSystem({ … })`, with `import { defineSystem } from 'ashlar'`",
          { file: main },
        ),
        sources,
        output,
      };
    case 'threw':
      return {
        ...unreadable(
          report.name === 'SyntaxError' ? 'syntax' : 'exception',
          `${report.name}: ${report.message}`,
          hintFor(report),
          placeOf(report.place),
        ),
        sources,
        output,
      };
  }
}

function hintFor({ name, message }: { name: string; message: string }): string {
  if (/not supported in strip-only mode/.test(message)) {
    return 'Node runs TypeScript by leaving types out: use what has no code of its own (no enum, no namespace, no parameter properties)';
  }
  return name === 'SyntaxError' ? 'correct the text here' : 'correct what throws this';
}

function unreadable(rule: string, message: string, hint: string, place: Place) {
  const finding: Finding = { severity: 'error', rule, message, hint, place };
  return { parts: [], findings: [finding], locate: () => undefined };
}

function systemOf(
  report: Extract<Report, { kind: 'system' }>,
  placeOf: (call: CallPlace | undefined) => Place,
  texts: (path: string) => string | undefined,
  displayPath: (absolute: string) => string,
): Pick<WrittenDefinition, 'parts' | 'findings' | 'locate'> {
  const calls = new Map<Origin, CallPlace | undefined>();
  const parts = report.parts.map(({ name, places, value }): Part => {
    const origin = {
      name: name === undefined ? 'the definition' : `fragment ${JSON.stringify(name)}`,
      place: placeOf(places[0]),
      caller: places[1] === undefined ? undefined : placeOf(places[1]),
    };
    calls.set(origin, places[0]);
    return { origin, value };
  });
  const locate: Locate = ({ path, at }, origin) => {
    const call = origin === undefined ? undefined : calls.get(origin);
    const file = call === undefined ? undefined : pathOf(call.file);
    const text = file === undefined ? undefined : texts(file);
    if (call === undefined || file === undefined || text === undefined) return origin?.place;
    const span = propertyInSource(text, offsetOf(text, call.line, call.column), path, at);
    return span === undefined ? origin?.place : placeInText(displayPath(file), text, span.start, span.end);
  };
  const findings = report.parts.flatMap(({ notData }, index) =>
    notData.map(({ path, what }): Finding => {
      const place = locate({ path, at: 'value' }, parts[index]?.origin);
      return {
        severity: 'error',
        rule: 'not-data',
        message: `this is ${what}`,
        hint: 'write text, numbers, true or false, lists and maps',
        place,
        path: path.join('.'),
      };
    }),
  );
  return { parts, findings, locate };
}

/** What the permission model's words mean to a person. */
const ATTEMPTS: Readonly<Record<string, string>> = {
  FileSystemRead: 'read outside its folder',
  FileSystemWrite: 'write a file',
  Net: 'use the network',
  ChildProcess: 'start a program',
  WorkerThreads: 'start a thread',
  Signal: 'send a signal',
  Module: 'use a part of Node that is kept from definitions',
};

function refusal(file: string, report: Extract<Report, { kind: 'refused' }>, place: Place): AshlarError {
  const attempt = ATTEMPTS[report.permission] ?? `use ${report.permission}`;
  const about = report.resource === '' || report.resource === 'true' ? '' : `: ${report.resource}`;
  return new AshlarError('definition-not-allowed', `The definition ${file} tried to ${attempt}${about}.`, {
    hint: 'A definition computes a value from the files in its folder. Do the rest before, and leave its result beside the definition.',
    place,
  });
}

function pathOf(file: string): string | undefined {
  if (!file.startsWith('file:')) return file.startsWith('/') ? file : undefined;
  try {
    return fileURLToPath(file);
  } catch {
    return undefined;
  }
}

/** Texts of source files, each read once; undefined for what cannot be read. */
function sourceTexts(): (path: string) => string | undefined {
  const texts = new Map<string, string | undefined>();
  return (path) => {
    if (!texts.has(path)) texts.set(path, readOrUndefined(path));
    return texts.get(path);
  };
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
