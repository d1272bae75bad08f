import type { PropertyPath } from '../../model/definition/property-path.ts';

/** A stretch of a source text: offsets, end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Object literals nest; recursion is bounded all the same, since the text may be anything. */
const MAX_DEPTH = 64;

/**
 * Finds where `path` is written in the object literal that is the last argument of the call at `offset` of a JavaScript or
 * TypeScript text: the name of the property or the first token of its value. Where the literal ends on the way (a variable, a
 * spread, a function's result) the last part that was found is what counts. Undefined when the call has no such literal.
 *
 * This reads tokens only, not the grammar: it is for pointing a person at a line, and pointing near is good enough.
 */
export function propertyInSource(
  text: string,
  offset: number,
  path: PropertyPath,
  at: 'key' | 'value',
): Span | undefined {
  const tokens = tokenize(text, offset);
  const open = argumentLiteral(tokens);
  if (open === undefined) return undefined;
  let index = open;
  let found: Span | undefined = path.length === 0 ? tokens[open] : undefined;
  for (const [depth, key] of path.entries()) {
    if (depth > MAX_DEPTH) break;
    const entry = typeof key === 'number' ? element(tokens, index, key) : property(tokens, index, key);
    if (entry === undefined) break;
    const value = tokens[entry.value];
    if (value === undefined) break;
    const wantsKey = depth < path.length - 1 || at === 'key';
    found = wantsKey ? tokens[entry.key]! : value;
    if (value.text !== '{' && value.text !== '[') break;
    index = entry.value;
  }
  return found;
}

interface Token extends Span {
  readonly kind: 'name' | 'string' | 'punctuator' | 'other';
  readonly text: string;
}

const TOKEN =
  /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|(?<string>'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*")|(?<name>[\p{ID_Start}$_][\p{ID_Continue}$]*)|(?<other>\.?\d[\w.]*)|(?<punctuator>\.\.\.|=>|[\s\S])/uy;

const REGEX = /\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;

/** Tokens from `offset` to the end of the call that begins there. */
function tokenize(text: string, offset: number): Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  for (let at = offset; at < text.length; ) {
    const token = nextToken(text, at, tokens.at(-1));
    at = token.end;
    if (token.kind === undefined) continue;
    tokens.push(token as Token);
    if (token.kind !== 'punctuator') continue;
    if (OPENING.has(token.text)) depth++;
    if (CLOSING.has(token.text) && --depth <= 0) break;
  }
  return tokens;
}

const OPENING = new Set(['(', '[', '{']);
const CLOSING = new Set([')', ']', '}']);

function nextToken(
  text: string,
  at: number,
  before: Token | undefined,
): Omit<Token, 'kind'> & { kind: Token['kind'] | undefined } {
  const token = (kind: Token['kind'] | undefined, end: number) => ({ kind, text: text.slice(at, end), start: at, end });
  if (text[at] === '`') return token('string', endOfTemplate(text, at + 1));
  // A slash after an operator or an opening bracket begins a regular expression; after a value it divides.
  const isOperand = before !== undefined && (before.kind !== 'punctuator' || CLOSING.has(before.text));
  if (text[at] === '/' && !isOperand && text[at + 1] !== '/' && text[at + 1] !== '*') {
    REGEX.lastIndex = at;
    if (REGEX.test(text)) return token('other', REGEX.lastIndex);
  }
  TOKEN.lastIndex = at;
  const match = TOKEN.exec(text);
  if (match === null) return token('punctuator', at + 1);
  const kind = (['string', 'name', 'other', 'punctuator'] as const).find((name) => match.groups?.[name] !== undefined);
  return token(kind, TOKEN.lastIndex);
}

/** The offset after the back quote that closes a template literal; expressions in it may hold further ones. */
function endOfTemplate(text: string, start: number): number {
  const braces: number[] = [];
  for (let at = start; at < text.length; at++) {
    const inExpression = braces.length > 0;
    if (text[at] === '\\') at++;
    else if (!inExpression && text[at] === '`') return at + 1;
    else if (!inExpression && text.startsWith('${', at)) braces.push(at++);
    else if (inExpression && text[at] === '{') braces.push(at);
    else if (inExpression && text[at] === '}') braces.pop();
    else if (inExpression && text[at] === '`') at = skipNested(text, at + 1);
  }
  return text.length;
}

const skipNested = (text: string, start: number): number => {
  const close = text.indexOf('`', start);
  return close === -1 ? text.length : close;
};

/** Index of the `{` that begins the last argument of the call. */
function argumentLiteral(tokens: readonly Token[]): number | undefined {
  let index = tokens.findIndex(({ text, kind }) => kind === 'punctuator' && text === '(');
  if (index === -1) return undefined;
  for (index++; index < tokens.length; index = endOfValue(tokens, index) + 1) {
    if (tokens[index]?.text === '{') return index;
  }
  return undefined;
}

/** Index of the `,` or closing bracket that ends the value at `index`. */
function endOfValue(tokens: readonly Token[], index: number): number {
  let depth = 0;
  for (let at = index; at < tokens.length; at++) {
    const { kind, text } = tokens[at]!;
    if (kind !== 'punctuator') continue;
    if (depth === 0 && (text === ',' || CLOSING.has(text))) return at;
    if (OPENING.has(text)) depth++;
    else if (CLOSING.has(text)) depth--;
  }
  return tokens.length;
}

function property(tokens: readonly Token[], open: number, key: string): { key: number; value: number } | undefined {
  for (let at = open + 1; at < tokens.length && tokens[at]!.text !== '}'; at = endOfValue(tokens, at) + 1) {
    const name = tokens[at]!;
    const next = tokens[at + 1]?.text;
    if (nameOf(name) !== key) continue;
    if (next === ':') return { key: at, value: at + 2 };
    if (next === ',' || next === '}') return { key: at, value: at };
  }
  return undefined;
}

function element(tokens: readonly Token[], open: number, index: number): { key: number; value: number } | undefined {
  let at = open + 1;
  for (let count = 0; at < tokens.length && tokens[at]!.text !== ']'; count++) {
    // After a spread nobody knows which element is which.
    if (tokens[at]!.text === '...') return undefined;
    if (count === index) return { key: at, value: at };
    at = endOfValue(tokens, at) + 1;
  }
  return undefined;
}

function nameOf({ kind, text }: Token): string | undefined {
  if (kind === 'name' || kind === 'other') return text;
  return kind === 'string' ? text.slice(1, -1).replace(/\\([\s\S])/g, '$1') : undefined;
}
