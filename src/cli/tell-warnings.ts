import type { Finding } from '../model/finding.ts';
import type { Progress } from '../model/progress.ts';
import { renderFindings } from './render-finding.ts';
import { styleFor } from './style.ts';

/** Shows what a definition is warned of, where progress is shown: standard output is for the result. */
export function tellWarnings(warnings: readonly Finding[], progress: Progress): void {
  if (warnings.length > 0) progress.note(renderFindings(warnings, styleFor(process.stderr)));
}
