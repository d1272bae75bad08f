import { AshlarError } from '../error.ts';
import type { Finding } from '../finding.ts';

/** A definition that cannot be built: everything that was found in it, warnings included, in the order of the files. */
export class DefinitionError extends AshlarError {
  readonly findings: readonly Finding[];

  constructor(file: string, findings: readonly Finding[]) {
    const errors = findings.filter(({ severity }) => severity === 'error').length;
    super('definition-invalid', `${file} has ${errors === 1 ? 'a problem' : `${errors} problems`}.`, {
      hint: errors === 1 ? 'Correct it and run the command again.' : 'Correct them and run the command again.',
    });
    this.findings = findings;
  }
}
