import { type CallPlace, callPlaces } from './call-place.ts';
import type { DefinitionInput } from './definition-input.ts';
import type { Fragment } from './fragment.ts';

/** Found in whatever copy of this package defined the system. */
const SYSTEM = Symbol.for('ashlar.system');

/** A whole definition: the schema's keys, and fragments to build on. */
export type SystemInput = DefinitionInput & {
  /** Fragments that this system is made of, merged with what is written beside them. */
  use?: readonly Fragment[];
};

/** What `os.ts` exports as default. It is data: checking it, and reading the files it names, is the build's work. */
export interface SystemDefinition {
  readonly [SYSTEM]: true;
  readonly input: SystemInput;
  /** Where it was made, and where the function was called that made it. */
  readonly places: readonly CallPlace[];
}

/**
 * Defines a system, the default export of `os.ts`:
 *
 * ```ts
 * import { defineSystem } from 'ashlar';
 *
 * export default defineSystem({
 *   name: 'hello',
 *   version: '1.0.0',
 *   base: { suite: 'trixie' },
 *   console: { serial: true, login: 'root-autologin' },
 * });
 * ```
 */
export function defineSystem(input: SystemInput): SystemDefinition {
  return { [SYSTEM]: true, input, places: callPlaces(defineSystem) };
}

export function isSystemDefinition(value: unknown): value is SystemDefinition {
  return typeof value === 'object' && value !== null && SYSTEM in value;
}
