import { AshlarError } from '../../model/error.ts';

/** JSON as TUF metadata has it: no fractions. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue | undefined };

/** No metadata of ours is nested deeper than ten; an attacker's may not exhaust the stack. */
const MAX_DEPTH = 32;

/**
 * What is signed and hashed of a JSON value: “Canonical JSON” of the OLPC wiki, which TUF's specification names (4.1). Properties are sorted by
 * their code points, there is no white space, and only `"` and `\` are escaped. Throws `metadata-invalid` for what has no canonical form:
 * fractions, numbers beyond 2⁵³, lone surrogates, and values nested deeper than 32.
 */
export function canonicalJson(value: JsonValue): Buffer {
  return Buffer.from(encode(value, 0), 'utf8');
}

function encode(value: JsonValue, depth: number): string {
  if (depth > MAX_DEPTH) throw noForm(`it is nested deeper than ${MAX_DEPTH}`);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return encodeNumber(value);
  if (typeof value === 'string') return encodeString(value);
  if (isList(value)) return `[${value.map((item) => encode(item, depth + 1)).join(',')}]`;
  const names = Object.keys(value).filter((name) => value[name] !== undefined);
  const members = names.sort(byCodePoint).map((name) => `${encodeString(name)}:${encode(value[name]!, depth + 1)}`);
  return `{${members.join(',')}}`;
}

function encodeNumber(value: number): string {
  if (!Number.isSafeInteger(value)) throw noForm(`the number ${value} is not a whole one below 2⁵³`);
  return String(value);
}

function encodeString(text: string): string {
  // Two different lone surrogates would become the same bytes, and one signature would be good for both.
  if (!text.isWellFormed()) throw noForm('a text of it is not Unicode');
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** UTF-16 units would order characters above U+FFFF before some below; other implementations sort by code points. */
function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function noForm(why: string): AshlarError {
  return new AshlarError('metadata-invalid', `Signed metadata has no canonical form: ${why}.`, {
    hint: 'The repository was made by something that does not follow TUF; ask who publishes it.',
  });
}
