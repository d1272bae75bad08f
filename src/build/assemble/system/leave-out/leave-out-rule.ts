import type { Definition } from '../../../../model/definition/definition.ts';

/** Files that a running immutable system cannot use, and why not. */
export interface LeaveOutRule {
  /** Stable name, for reports. */
  readonly name: string;
  readonly reason: string;
  /** Globs of paths without the leading slash; a directory goes with everything below it. */
  readonly paths?: readonly string[];
  /** Globs of paths that stay although a path of this rule covers them. */
  readonly except?: readonly string[];
  /** Globs of units: the unit file, its drop-ins, and every link that pulls it in. */
  readonly units?: readonly string[];
  /** Globs of Debian packages whose files go. */
  readonly packages?: readonly string[];
  /** Of `packages`, those stay that a remaining package depends on. */
  readonly unlessNeeded?: boolean;
  /** The rule does not hold for this system. */
  readonly unless?: (system: SystemFacts) => boolean;
}

/** What rules may ask of the system that is being made. */
export interface SystemFacts {
  readonly definition: Definition;
  /** Names of the packages that are installed in the tree. */
  readonly packages: ReadonlySet<string>;
  /** Whether something lies at this absolute path. */
  readonly has: (path: string) => boolean;
}

/** What one rule took out of the tree. */
export interface LeftOut {
  readonly rule: string;
  readonly reason: string;
  /** Entries of the tree, directories included. */
  readonly entries: number;
  /** Sizes of the files, hard links counted once. */
  readonly bytes: number;
}
