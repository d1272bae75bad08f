import type { CallPlace } from '../../../model/definition/call-place.ts';
import type { JsonObject } from '../../../model/definition/merge.ts';
import type { PropertyPath } from '../../../model/definition/property-path.ts';

/** File descriptor on which the child tells its {@link Report}: standard output is the definition's own. */
export const REPORT_DESCRIPTOR = 3;

/** What came of evaluating a definition: one JSON text from the child to its parent, which trusts none of it. */
export type Report = { readonly sources: readonly string[] } & (
  | { readonly kind: 'system'; readonly parts: readonly ReportedPart[] }
  /** The module's default export is something else. */
  | { readonly kind: 'no-system'; readonly found: string }
  /** It tried what a definition may not do; `permission` is Node's name for it. */
  | {
      readonly kind: 'refused';
      readonly permission: string;
      readonly resource: string;
      readonly place: CallPlace | undefined;
    }
  | {
      readonly kind: 'threw';
      readonly name: string;
      readonly message: string;
      readonly place: CallPlace | undefined;
    }
);

/** The definition itself (`name` undefined), or a fragment. */
export interface ReportedPart {
  readonly name: string | undefined;
  /** Where it was made, and where the function was called that made it. */
  readonly places: readonly CallPlace[];
  readonly value: JsonObject;
  /** Values that are not data, and were left out. */
  readonly notData: readonly { readonly path: PropertyPath; readonly what: string }[];
}
