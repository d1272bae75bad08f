import type { SealedVerb } from './verb.ts';

/** A verb before it is loaded: enough for `ashlar --help`. Loading costs imports, so only the one that is called is loaded. */
export interface VerbEntry {
  /** One word, or two for a group: `fs ls`. */
  readonly name: string;
  readonly group: 'author' | 'plumbing';
  readonly summary: string;
  readonly load: () => Promise<{ readonly default: SealedVerb }>;
}

/** Every verb, in the order of the help: as a person would come to need them. */
export const VERBS: readonly VerbEntry[] = [
  {
    name: 'lock',
    group: 'author',
    summary: 'Resolve the packages of a definition to exact versions',
    load: () => import('./lock.ts'),
  },
];
