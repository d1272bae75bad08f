type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Ids of keys are shown by their beginning, as elsewhere. */
const ID_CHARACTERS = 12;
const KEY_ID = /\b[0-9a-f]{64}\b/g;
/** A longer text is cut, and said to be: it must not push the line that matters off the screen. */
const MAX_VALUE_CHARACTERS = 160;

/**
 * Every difference between two JSON values, one line each, named by its path: `roles.root.threshold: 1 → 2`. It knows nothing of what it compares, so nothing can be
 * left out that it was not taught. Lists of texts are compared as sets, lists of named things by their names.
 */
export function describeChanges(before: unknown, after: unknown): string[] {
  return [...differences(before as Json, after as Json, '')];
}

function* differences(before: Json | undefined, after: Json | undefined, path: string): Generator<string> {
  // What is new or gone is told leaf by leaf as well: in one long line something could hide.
  const [was, is] = [before ?? emptyLike(after), after ?? emptyLike(before)];
  if (isRecord(was) && isRecord(is)) {
    for (const name of new Set([...Object.keys(was), ...Object.keys(is)])) {
      yield* differences(own(was, name), own(is, name), path === '' ? name : `${path}.${name}`);
    }
  } else if (isTexts(was) && isTexts(is)) {
    yield* setDifferences(was, is, path);
  } else if (isNamed(was) && isNamed(is)) {
    yield* differences(byName(was), byName(is), path);
    yield* orderDifference(namesOf(was), namesOf(is), path);
  } else if (JSON.stringify(before) === JSON.stringify(after)) {
    return;
  } else if (before === undefined) yield line(path, `new: ${show(after)}`);
  else if (after === undefined) yield line(path, `gone (was ${show(before)})`);
  else yield line(path, `${show(before)} → ${show(after)}`);
}

/** What a list or an object with something in it is compared with when there is none; an empty one is told as it is. */
function emptyLike(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.length === 0 ? undefined : [];
  return isRecord(value) && Object.keys(value).length > 0 ? {} : undefined;
}

function* setDifferences(before: readonly string[], after: readonly string[], path: string): Generator<string> {
  for (const text of after) if (!before.includes(text)) yield line(path, `+ ${show(text)}`);
  for (const text of before) if (!after.includes(text)) yield line(path, `− ${show(text)}`);
  yield* orderDifference(before, after, path);
}

function* orderDifference(before: readonly string[], after: readonly string[], path: string): Generator<string> {
  const isKept = after.length === before.length && before.every((text) => after.includes(text));
  if (isKept && before.some((text, at) => after[at] !== text)) yield line(path, 'another order');
}

function line(path: string, what: string): string {
  return `${escaped(path.replace(KEY_ID, (id) => id.slice(0, ID_CHARACTERS)))}: ${what}`;
}

/** Control characters, which a terminal would obey, and those that turn the direction of writing, as JSON can write them. */
function escaped(text: string): string {
  return [...text]
    .map((character) => (/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(character) ? escapedCharacter(character) : character))
    .join('');
}

function escapedCharacter(character: string): string {
  return `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`;
}

/** A value in one line. */
function show(value: Json | undefined): string {
  const text = escaped(JSON.stringify(value).replace(KEY_ID, (id) => id.slice(0, ID_CHARACTERS)));
  if (text.length <= MAX_VALUE_CHARACTERS) return text;
  return `${text.slice(0, MAX_VALUE_CHARACTERS)}… (${text.length} characters)`;
}

function own(record: Readonly<Record<string, Json>>, name: string): Json | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function isRecord(value: Json | undefined): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Each text once: else a set would hide that one comes twice. */
function isTexts(value: Json | undefined): value is readonly string[] {
  return (
    Array.isArray(value) && value.every((item) => typeof item === 'string') && new Set(value).size === value.length
  );
}

type Named = Readonly<Record<string, Json>> & { readonly name: string };

function isNamed(value: Json | undefined): value is readonly Named[] {
  if (!Array.isArray(value)) return false;
  const names = value.map((item: Json) => (isRecord(item) ? item['name'] : undefined));
  return names.every((name) => typeof name === 'string') && new Set(names).size === names.length;
}

function namesOf(items: readonly Named[]): string[] {
  return items.map(({ name }) => name);
}

function byName(items: readonly Named[]): Readonly<Record<string, Json>> {
  return Object.fromEntries(items.map((item) => [item.name, item]));
}
