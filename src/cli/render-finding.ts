import type { Finding } from '../model/finding.ts';
import { renderPlace } from './render-place.ts';
import type { Style } from './style.ts';

/** Findings for a person: each with where it is, the line with a caret, and what to do. */
export function renderFindings(findings: readonly Finding[], style: Style): string {
  return findings.map((finding) => renderFinding(finding, style)).join('\n\n');
}

function renderFinding({ severity, rule, message, hint, place, path }: Finding, style: Style): string {
  const paint = severity === 'error' ? style.red : style.yellow;
  const where = path === undefined || path === '' ? '' : `${style.bold(visible(path))}: `;
  const lines = [`${paint(severity)} ${style.dim(`[${rule}]`)} ${where}${visible(message)}`];
  if (place !== undefined) lines.push(...renderPlace(place, style));
  lines.push(`${style.cyan('  → ')}${visible(hint)}`);
  return lines.join('\n');
}

/** Messages quote what a definition says; a terminal must not take orders from it. */
function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (char) => `\\u${char.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}
