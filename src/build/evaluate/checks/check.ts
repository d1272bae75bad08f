import type { ParsedDefinition } from '../../../model/definition/definition-schema.ts';
import type { JsonObject } from '../../../model/definition/merge.ts';
import type { Problem } from '../../../model/definition/problem.ts';
import type { PropertyPath } from '../../../model/definition/property-path.ts';

/** A rule that a definition must follow and that no schema can say, because it is about several values at once. */
export interface Check {
  readonly rule: string;
  readonly severity: Problem['severity'];
  /** Calls `report` for each breach. Whatever the schema complained of is not in `definition`. */
  readonly run: (definition: ParsedDefinition, report: Report, written: JsonObject) => void;
}

export type Report = (path: PropertyPath, message: string, hint: string, at?: Problem['at']) => void;
