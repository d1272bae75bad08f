import { type CallPlace, callPlaces } from './call-place.ts';
import type { DefinitionInput } from './definition-input.ts';

/** Found in whatever copy of this package made the fragment. */
const FRAGMENT = Symbol.for('ashlar.fragment');

/** What a fragment may say: anything but what makes up a release's identity. */
export type FragmentInput = Partial<Omit<DefinitionInput, 'name' | 'version'>> & {
  /** Further fragments that this one builds on. */
  use?: readonly Fragment[];
};

/** A part of a definition under a name, made by {@link fragment}. */
export interface Fragment {
  readonly [FRAGMENT]: true;
  readonly name: string;
  readonly input: FragmentInput;
  /** Where it was made, and where the function was called that made it. */
  readonly places: readonly CallPlace[];
}

/**
 * A part of a definition that can be shared: packages with their files, units and users. Usually what a function returns:
 *
 * ```ts
 * export const nginx = (port: number) =>
 *   fragment('nginx', {
 *     packages: ['nginx-light'],
 *     services: { enable: ['nginx.service'] },
 *     files: { '/etc/nginx/conf.d/site.conf': `server { listen ${port}; }\n` },
 *   });
 * ```
 *
 * Lists of the parts are joined, maps are merged, and two parts that set the same thing differently are a conflict that names both.
 * @param name What conflicts call it.
 */
export function fragment(name: string, input: FragmentInput): Fragment {
  return { [FRAGMENT]: true, name, input, places: callPlaces(fragment) };
}

export function isFragment(value: unknown): value is Fragment {
  return typeof value === 'object' && value !== null && FRAGMENT in value;
}
