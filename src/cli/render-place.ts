import type { Place } from '../model/error.ts';
import type { Style } from './style.ts';

/** `file:line:col`, the line itself and a caret under the part that is meant. */
export function renderPlace(place: Place, style: Style): string[] {
  const position = [place.file, place.line, place.column].filter((part) => part !== undefined).join(':');
  if (place.excerpt === undefined || place.line === undefined) return [`  at ${position}`];
  const gutter = String(place.line);
  const indent = ' '.repeat(gutter.length);
  const column = Math.max(1, place.column ?? 1);
  const before = place.excerpt.slice(0, column - 1).replace(/[^\t]/g, ' ');
  return [
    `  at ${position}`,
    style.dim(`  ${gutter} │ `) + place.excerpt,
    style.dim(`  ${indent} │ `) + before + style.red('^'.repeat(Math.max(1, place.width ?? 1))),
  ];
}
