import { closest } from '../../model/closest.ts';
import { AshlarError } from '../../model/error.ts';
import type { LockRequest } from '../../model/lock.ts';

/** Throws `package-unknown` for every asked name that is none of `known`, each with the name that was probably meant. */
export function assertPackagesKnown(request: LockRequest, known: ReadonlySet<string>): void {
  const unknown = [...request.install, ...request.boot].filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  const meant = unknown.map((name) => ({ name, near: closest(name, known) }));
  const suites = request.suites.map(({ suite }) => suite).join(', ');
  const names = meant.map(({ name }) => name).join(', ');
  const guesses = meant.flatMap(({ name, near }) => (near === undefined ? [] : [`${near} instead of ${name}`]));
  throw new AshlarError(
    'package-unknown',
    unknown.length === 1
      ? `The package ${names} is not in ${suites} (${request.architecture}).`
      : `The packages ${names} are not in ${suites} (${request.architecture}).`,
    {
      hint:
        guesses.length > 0
          ? `Did you mean ${guesses.join(', ')}?`
          : 'Check the spelling, or add the suite or component that has it to `base`.',
    },
  );
}
