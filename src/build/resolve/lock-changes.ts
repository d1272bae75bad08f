import { isDeepStrictEqual } from 'node:util';
import type { Lock, LockedPackage } from '../../model/lock.ts';

/** How one lock differs from another, package by package, each list sorted by name. */
export interface LockChanges {
  readonly added: readonly { readonly name: string; readonly version: string; readonly size: number }[];
  readonly removed: readonly { readonly name: string; readonly version: string; readonly size: number }[];
  readonly upgraded: readonly {
    readonly name: string;
    readonly from: string;
    readonly to: string;
    readonly size: number;
  }[];
  /** What all packages together have, in bytes. */
  readonly size: { readonly before: number; readonly after: number };
}

/** What `after` changes against `before`; without one everything is added. A package of both groups counts once. */
export function lockChanges(before: Lock | undefined, after: Lock): LockChanges {
  const old = byName(before?.packages ?? []);
  const now = byName(after.packages);
  const missingFrom = (other: ReadonlyMap<string, LockedPackage>) => (each: LockedPackage) => !other.has(each.name);
  const brief = ({ name, version, size }: LockedPackage) => ({ name, version, size });
  return {
    added: [...now.values()].filter(missingFrom(old)).map(brief),
    removed: [...old.values()].filter(missingFrom(now)).map(brief),
    upgraded: [...now.values()].flatMap(({ name, version, size, sha256 }) => {
      const former = old.get(name);
      return former === undefined || former.sha256 === sha256
        ? []
        : [{ name, from: former.version, to: version, size }];
    }),
    size: { before: total(old), after: total(now) },
  };
}

/** True when a build of either lock installs the same, for the same request. */
export function sameContents(one: Lock, other: Lock): boolean {
  const keys = ({ packages }: Lock): string[] => packages.map(({ group, sha256 }) => `${group} ${sha256}`).sort();
  return isDeepStrictEqual(keys(one), keys(other)) && isDeepStrictEqual(one.request, other.request);
}

function byName(packages: readonly LockedPackage[]): Map<string, LockedPackage> {
  return new Map([...packages].sort((a, b) => (a.name < b.name ? -1 : 1)).map((each) => [each.name, each]));
}

function total(packages: ReadonlyMap<string, LockedPackage>): number {
  return [...packages.values()].reduce((sum, { size }) => sum + size, 0);
}
