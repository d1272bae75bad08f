import {
  type Alias,
  type Document,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import { show } from '../../model/definition/explain.ts';
import type { JsonObject } from '../../model/definition/merge.ts';
import type { PropertyPath } from '../../model/definition/property-path.ts';
import type { Place } from '../../model/error.ts';
import type { Finding } from '../../model/finding.ts';
import { placeInText } from './place-in-text.ts';
import type { WrittenDefinition } from './written-definition.ts';

/** A definition names files rather than holding them; a megabyte of text is a mistake or an attack. */
export const MAX_TEXT_BYTES = 1024 * 1024;

/** One wrong character can make the rest of the text wrong. */
const MAX_SYNTAX_FINDINGS = 20;

/** YAML's aliases can unfold to any size from a few lines. */
const MAX_ALIASES = 50;

/**
 * Reads a definition in YAML 1.2 or JSON. Everything that is wrong with it as a text becomes a finding.
 * @param file How findings call it.
 */
export function readYaml(text: string, file: string): Omit<WrittenDefinition, 'sources' | 'output'> {
  const unreadable = (findings: readonly Finding[]) => ({ parts: [], findings, locate: () => undefined });
  if (text.length > MAX_TEXT_BYTES) {
    return unreadable([
      finding(
        'too-large',
        `the definition is larger than ${MAX_TEXT_BYTES} bytes`,
        'move content into files and name them with "from"',
        { file },
      ),
    ]);
  }
  const document = parseDocument(text, { strict: true, uniqueKeys: false, prettyErrors: false, stringKeys: true });
  const findings = [...document.errors, ...document.warnings]
    .slice(0, MAX_SYNTAX_FINDINGS)
    .map((error) => syntaxFinding(error, text, file));
  findings.push(...duplicateKeys(document, text, file));
  if (document.errors.length > 0) return unreadable(findings);
  const locate = (problem: { path: PropertyPath; at: 'key' | 'value' }): Place | undefined => {
    const range = rangeOf(document.contents, problem.path, problem.at);
    return range === undefined ? { file } : placeInText(file, text, range[0], range[1]);
  };
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    return unreadable([
      finding(
        'syntax',
        (error as Error).message,
        'write the value out instead of using an alias',
        aliasPlace(document, text, file),
      ),
    ]);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return unreadable([
      finding(
        'wrong-type',
        'a definition is a map of keys and values',
        'begin with "name: my-system"',
        locate({ path: [], at: 'value' }),
      ),
    ]);
  }
  // Names the schema for editors; JSON has no comment to do it in.
  const { $schema: _, ...definition } = value as JsonObject;
  const origin = { name: 'the definition', place: { file } };
  return { parts: [{ origin, value: definition }], findings, locate };
}

function finding(rule: string, message: string, hint: string, place: Place | undefined): Finding {
  return { severity: 'error', rule, message, hint, place };
}

/** Keys that a map has twice. The parser would look for them too, but takes a time that grows with the square of the map's size. */
function duplicateKeys(document: Document, text: string, file: string): Finding[] {
  const found: Finding[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name))
          found.push(
            finding(
              'duplicate-key',
              `the key ${show(name)} is here twice`,
              'keep one of the two; write both values into one list or map',
              placeOfNode(key, text, file),
            ),
          );
        seen.add(name);
        if (found.length >= MAX_SYNTAX_FINDINGS) return visit.BREAK;
      }
      return undefined;
    },
  });
  return found;
}

function placeOfNode(node: Node | undefined, text: string, file: string): Place {
  const range = nodeRange(node);
  return range === undefined ? { file } : placeInText(file, text, range[0], range[1]);
}

/** The alias that cannot be followed: the first without an anchor, else the last, with which it became too much. */
function aliasPlace(document: Document, text: string, file: string): Place {
  const aliases: Alias[] = [];
  visit(document, { Alias: (_, node) => void aliases.push(node) });
  const culprit = aliases.find((alias) => alias.resolve(document) === undefined) ?? aliases.at(-1);
  return placeOfNode(culprit, text, file);
}

/** What to do about the complaints of the parser that people meet. */
const SYNTAX_HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'indent with spaces',
  BAD_INDENT: 'indent the lines of one map or list equally',
  MISSING_CHAR: 'close the quote or bracket, or put the text in quotes',
  BAD_ALIAS: 'an alias (*name) needs an anchor (&name) before it',
  UNEXPECTED_TOKEN: 'put the text in quotes',
};

function syntaxFinding(error: YAMLError, text: string, file: string): Finding {
  const [start, end] = error.pos;
  return {
    severity: error.name === 'YAMLWarning' ? 'warning' : 'error',
    rule: 'syntax',
    message: error.message,
    hint: SYNTAX_HINTS[error.code] ?? 'correct the text here',
    place: placeInText(file, text, start, end),
  };
}

/** Start and end of what is at `path`, or of the nearest thing around it when there is nothing. */
function rangeOf(root: unknown, path: PropertyPath, at: 'key' | 'value'): readonly [number, number] | undefined {
  let node: unknown = root;
  let range = nodeRange(root);
  for (const [index, key] of path.entries()) {
    const last = index === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key),
      );
      if (pair === undefined) return range;
      range = nodeRange(last && at === 'value' ? (pair.value ?? pair.key) : pair.key) ?? range;
      node = pair.value;
    } else if (isSeq(node) && typeof key === 'number') {
      node = node.items[key];
      range = nodeRange(node) ?? range;
    } else return range;
  }
  return range;
}

function nodeRange(node: unknown): readonly [number, number] | undefined {
  const range = isNode(node) ? (node as Node).range : undefined;
  return range === undefined || range === null ? undefined : [range[0], range[1]];
}
