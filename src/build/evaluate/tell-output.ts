import type { Progress } from '../../model/progress.ts';
import type { Evaluated } from './evaluate-definition.ts';

/** More than a person reads; a definition may print a megabyte. */
const MAX_LINES = 20;
const MAX_COLUMNS = 200;

/** Notes what a definition printed while it was evaluated: what its author asked to see (`console.log`). */
export function tellOutput({ output }: Pick<Evaluated, 'output'>, progress: Progress): void {
  const lines = output.trimEnd().split(/\r?\n/).map(visible);
  if (lines.length === 1 && lines[0] === '') return;
  for (const line of lines.slice(0, MAX_LINES)) progress.note(`The definition says: ${line}`);
  if (lines.length > MAX_LINES) progress.note(`The definition says ${lines.length - MAX_LINES} more lines.`);
}

/** A terminal must not take orders from a definition. */
function visible(line: string): string {
  const shown = line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) =>
    char === '\t' ? '  ' : `\\u${char.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
  return shown.length > MAX_COLUMNS ? `${shown.slice(0, MAX_COLUMNS)}…` : shown;
}
