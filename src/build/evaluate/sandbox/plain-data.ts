import { isFragment } from '../../../model/definition/fragment.ts';
import type { Json, JsonObject } from '../../../model/definition/merge.ts';
import type { PropertyPath } from '../../../model/definition/property-path.ts';

/** A definition is a few levels deep; deeper means a cycle. */
const MAX_DEPTH = 32;

/** More values than any definition has, few enough to convert at once. */
const MAX_VALUES = 200_000;

export interface PlainData {
  readonly value: JsonObject;
  readonly notData: { readonly path: PropertyPath; readonly what: string }[];
}

/** `input` as JSON can hold it, with a note of each value that it cannot (functions, dates, cycles, …) and that was left out. */
export function plainData(input: object): PlainData {
  const notData: PlainData['notData'] = [];
  let values = 0;
  const value = convert(input, []);
  return {
    value: typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {},
    notData,
  };

  function convert(from: unknown, path: PropertyPath): Json | undefined {
    values++;
    if (values > MAX_VALUES) return refuse(path, values === MAX_VALUES + 1 ? 'one value too many' : undefined);
    if (typeof from === 'string' || typeof from === 'boolean' || from === null) return from;
    if (typeof from === 'number') return Number.isFinite(from) ? from : refuse(path, String(from));
    if (from === undefined) return typeof path.at(-1) === 'number' ? refuse(path, 'undefined') : undefined;
    if (typeof from !== 'object') return refuse(path, `a ${typeof from}`);
    if (path.length > MAX_DEPTH) return refuse(path, 'nested too deeply, or contains itself');
    if (Array.isArray(from)) return from.flatMap((child, at) => convert(child, [...path, at]) ?? []);
    if (isFragment(from))
      return refuse(path, `the fragment ${JSON.stringify(from.name)}, which belongs in the list "use"`);
    if (from instanceof Promise) return refuse(path, 'a promise, which needs an await before it');
    const prototype: unknown = Object.getPrototypeOf(from);
    if (prototype !== Object.prototype && prototype !== null) return refuse(path, `a ${className(from)}`);
    return Object.fromEntries(
      Object.entries(from).flatMap(([key, child]) => {
        const converted = convert(child, [...path, key]);
        return converted === undefined ? [] : [[key, converted]];
      }),
    );
  }

  function refuse(path: PropertyPath, what: string | undefined): undefined {
    if (what !== undefined) notData.push({ path, what });
    return undefined;
  }
}

const className = (value: object): string => (value.constructor as { name?: string } | undefined)?.name || 'thing';
