import type { Place } from '../error.ts';
import type { Problem } from './problem.ts';
import { formatPath, type PropertyPath } from './property-path.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** Who said something: the definition itself or a fragment, with the call that made it. */
export interface Origin {
  /** For messages: `the definition`, `fragment "nginx"`. */
  readonly name: string;
  readonly place: Place | undefined;
  /** Where the function that made it was called: tells two fragments of one function apart. */
  readonly caller?: Place | undefined;
}

/** One contribution to a definition. */
export interface Part {
  readonly origin: Origin;
  readonly value: JsonObject;
}

export interface Merged {
  readonly value: JsonObject;
  readonly conflicts: readonly Problem[];
  /** Who first said what lies at `path`, with the path that it has in that part (indexes of lists shift when lists are joined). */
  readonly originOf: (path: PropertyPath) => { readonly origin: Origin; readonly path: PropertyPath } | undefined;
}

/** What is one thing though it is written as a map: half of it from one part and half from another would be neither's. `*` is any key. */
const WHOLE: readonly (readonly string[])[] = [
  ['kernel'],
  ['files', '*'],
  ['directories', '*'],
  ['units', '*', 'dropIns', '*'],
  ['healthChecks', '*'],
  ['containers', '*'],
  ['extensions', '*'],
];

type Mutable = { [key: string]: Json };

/** Joins lists (each value once), merges maps, and reports what two parts set differently. */
export function merge(parts: readonly Part[]): Merged {
  const origins = new Map<string, { origin: Origin; path: PropertyPath }>();
  const conflicts: Problem[] = [];
  const merged: Mutable = Object.create(null) as Mutable;
  for (const part of parts) mergeObject(merged, part.value, [], part.origin);
  return { value: merged, conflicts, originOf };

  function mergeObject(into: Mutable, from: JsonObject, path: PropertyPath, origin: Origin): void {
    for (const [key, value] of Object.entries(from)) {
      const here = [...path, key];
      const present = into[key];
      if (present === undefined) {
        into[key] = isWhole(here) ? value : copy(value);
        origins.set(JSON.stringify(here), { origin, path: here });
        noteChildren(value, here, here, origin);
      } else if (isList(present) && isList(value)) joinLists(present, value, here, origin);
      else if (isObject(present) && isObject(value) && !isWhole(here)) {
        mergeObject(present as Mutable, value, here, origin);
      } else if (canonical(present) !== canonical(value)) conflicts.push(conflict(here, origin));
    }
  }

  function joinLists(into: Json[], from: readonly Json[], path: PropertyPath, origin: Origin): void {
    const present = new Set(into.map(canonical));
    for (const [index, value] of from.entries()) {
      if (present.has(canonical(value))) continue;
      present.add(canonical(value));
      const here = [...path, into.push(copy(value)) - 1];
      origins.set(JSON.stringify(here), { origin, path: [...path, index] });
      noteChildren(value, here, [...path, index], origin);
    }
  }

  /** Nested values are noted too, so that each can be found in the source of the part that it came from. */
  function noteChildren(value: Json, here: PropertyPath, there: PropertyPath, origin: Origin): void {
    if (typeof value !== 'object' || value === null) return;
    const entries = isList(value) ? value.entries() : Object.entries(value);
    for (const [key, child] of entries) {
      origins.set(JSON.stringify([...here, key]), { origin, path: [...there, key] });
      noteChildren(child, [...here, key], [...there, key], origin);
    }
  }

  function originOf(path: PropertyPath): { origin: Origin; path: PropertyPath } | undefined {
    for (let length = path.length; length > 0; length--) {
      const found = origins.get(JSON.stringify(path.slice(0, length)));
      if (found !== undefined) return { origin: found.origin, path: [...found.path, ...path.slice(length)] };
    }
    const [first] = parts;
    return first === undefined ? undefined : { origin: first.origin, path };
  }

  function conflict(path: PropertyPath, second: Origin): Problem {
    const first = originOf(path)?.origin;
    return {
      severity: 'error',
      rule: 'fragment-conflict',
      message: `${nameWithPlace(first)} and ${nameWithPlace(second)} set ${formatPath(path)} differently`,
      hint: 'keep one of the two, or give one of the fragments a parameter for it',
      path,
      at: 'key',
    };
  }
}

function nameWithPlace(origin: Origin | undefined): string {
  const places = [origin?.place, origin?.caller].flatMap((place) => (place?.line === undefined ? [] : inShort(place)));
  const name = origin?.name ?? 'another part';
  return places.length === 0 ? name : `${name} (${places.join(', called at ')})`;
}

const inShort = ({ file, line, column }: Place): string => `${file}:${line}:${column ?? 1}`;

function isWhole(path: PropertyPath): boolean {
  // A section of a unit: systemd's are the only keys there that begin with a capital letter.
  if (path.length === 3 && path[0] === 'units' && /^[A-Z]/.test(String(path[2]))) return true;
  return WHOLE.some(
    (pattern) => pattern.length === path.length && pattern.every((key, at) => key === '*' || key === path[at]),
  );
}

const isList = (value: Json): value is Json[] => Array.isArray(value);
const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function copy(value: Json): Json {
  if (isList(value)) return value.map(copy);
  if (!isObject(value)) return value;
  const result = Object.create(null) as Mutable;
  for (const [key, child] of Object.entries(value)) result[key] = copy(child);
  return result;
}

/** Equal texts mean equal values: JSON with sorted keys. */
function canonical(value: Json): string {
  if (isList(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key]!)}`).join(',')}}`;
}
