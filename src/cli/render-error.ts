import { DefinitionError } from '../model/definition/definition-error.ts';
import { AshlarError, type Place } from '../model/error.ts';
import type { Finding } from '../model/finding.ts';
import { renderFindings } from './render-finding.ts';
import { renderPlace } from './render-place.ts';
import type { Style } from './style.ts';

/** An error as data, for `--json`: the same shape for every verb. */
export interface ErrorReport {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
    readonly place?: Place;
    readonly findings?: readonly Finding[];
  };
}

/** What the kernel says of a path that is not for us: never Ashlar's fault, wherever it comes up. */
const NOT_ALLOWED = new Set(['EACCES', 'EPERM', 'EROFS', 'ELOOP', 'ENAMETOOLONG']);

/**
 * Anything thrown, as an AshlarError: what Node and the kernel say of a full disk and of paths that may not be used gets its own code,
 * the unforeseen is `internal`.
 */
export function asAshlarError(thrown: unknown): AshlarError {
  if (thrown instanceof AshlarError) return thrown;
  const code = thrown instanceof Error ? (thrown as NodeJS.ErrnoException).code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AshlarError('disk-full', `No space is left: ${(thrown as Error).message}`, {
      hint: 'Free some space, or set TMPDIR and ASHLAR_STORE to a larger disk, and run the command again: it goes on where it stopped.',
      cause: thrown,
    });
  }
  if (code !== undefined && NOT_ALLOWED.has(code)) {
    return new AshlarError('path-unusable', `A file or directory cannot be used: ${(thrown as Error).message}`, {
      hint: 'Make it usable for you, or name another one.',
      cause: thrown,
    });
  }
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new AshlarError('interrupted', 'Interrupted.', {
      hint: 'Run the command again: what it has done already is not done twice.',
      cause: thrown,
    });
  }
  return new AshlarError('internal', thrown instanceof Error ? thrown.message : String(thrown), {
    hint: 'This is a defect of Ashlar. Please report it with the lines above; ASHLAR_DEBUG=1 shows where it happened.',
    cause: thrown,
  });
}

/** What a person reads: what went wrong, where with the line and a caret, what to do. */
export function renderError(error: AshlarError, style: Style, env: NodeJS.ProcessEnv = process.env): string {
  const found = error instanceof DefinitionError ? `${renderFindings(error.findings, style)}\n\n` : '';
  const lines = [`${found}${style.red('error')} ${style.dim(`[${error.code}]`)} ${error.message}`];
  if (error.place !== undefined) lines.push(...renderPlace(error.place, style));
  lines.push(`${style.cyan('  → ')}${error.hint}`);
  if (env['ASHLAR_DEBUG'] === '1') {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
      lines.push(style.dim(cause.stack ?? cause.message));
  }
  return lines.join('\n');
}

export function errorReport(error: AshlarError): ErrorReport {
  const { code, message, hint, place } = error;
  const findings = error instanceof DefinitionError ? { findings: error.findings } : {};
  return { error: { code, message, hint, ...(place === undefined ? {} : { place }), ...findings } };
}
