import type { PropertyPath } from './property-path.ts';

/** Something wrong in a definition, before it is known where in which file that is written. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly rule: string;
  readonly message: string;
  readonly hint: string;
  readonly path: PropertyPath;
  /** `key` when the name of the property is what is wrong and not its value. */
  readonly at: 'key' | 'value';
}
