import type { Place } from '../../model/error.ts';

/** Long lines (JSON without line breaks) are cut around the place. */
const MAX_EXCERPT = 160;

// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal must not see control characters of a file
const UNPRINTABLE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The place of the characters `start` to `end` of `text`, the content of `file`. The underline stays on the first line. */
export function placeInText(file: string, text: string, start: number, end: number = start + 1): Place {
  const from = Math.min(Math.max(0, start), text.length);
  const lineStart = text.lastIndexOf('\n', from - 1) + 1;
  const nextBreak = text.indexOf('\n', from);
  const lineEnd = nextBreak === -1 ? text.length : nextBreak;
  const line = countLines(text, lineStart);
  const column = from - lineStart + 1;
  const width = Math.max(1, Math.min(end, lineEnd) - from);
  const wholeLine = text.slice(lineStart, lineEnd).replace(UNPRINTABLE, '\u{fffd}');
  if (wholeLine.length > MAX_EXCERPT) return { file, line, column };
  return { file, line, column, excerpt: wholeLine, width };
}

/** The place of `line` and `column` (from 1) of `text`. */
export function placeOfLine(file: string, text: string, line: number, column: number): Place {
  return placeInText(file, text, offsetOf(text, line, column));
}

/** The offset in `text` of `line` and `column`, which count from 1. */
export function offsetOf(text: string, line: number, column: number): number {
  let offset = 0;
  for (let at = 1; at < line; at++) {
    const next = text.indexOf('\n', offset);
    if (next === -1) return text.length;
    offset = next + 1;
  }
  return Math.min(offset + column - 1, text.length);
}

function countLines(text: string, end: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) line++;
  return line;
}
