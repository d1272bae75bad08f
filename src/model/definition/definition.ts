import type { FileContent } from '../tree.ts';
import type { ParsedDefinition } from './definition-schema.ts';
import type { Updates } from './updates.ts';

/** A file's bytes, in memory. */
export type FileBytes = Extract<FileContent, { kind: 'bytes' }>;

/**
 * A definition as the rest of the build sees it: everything parsed, checked, defaulted and read; nothing of where it came from
 * or in which language it was written. Paths are absolute and follow the system's directory links (`/home/a` is `/var/home/a`).
 * Keys are sorted, so that two definitions that say the same are the same.
 */
export type Definition = Omit<
  ParsedDefinition,
  'files' | 'units' | 'users' | 'hostname' | 'image' | 'console' | 'updates'
> & {
  readonly files: Readonly<Record<string, FileEntry>>;
  /** What `enable` and `mask` of units say is in {@link ParsedDefinition.services}. */
  readonly units: Readonly<Record<string, UnitEntry>>;
  readonly users: Readonly<Record<string, User>>;
  readonly hostname: string;
  readonly image: Omit<ParsedDefinition['image'], 'salt'> & {
    /** 64 hexadecimal digits: the salt of the dm-verity tree. */
    readonly salt: string;
  };
  readonly console: {
    /** Name of the serial port, such as `ttyS0`; undefined when there is no serial console. */
    readonly serial: string | undefined;
    readonly login: ParsedDefinition['console']['login'];
  };
  /** Undefined for a system that is not updated: it has no agent. */
  readonly updates: UpdateSettings | undefined;
};

export type UpdateSettings = Omit<Updates, 'trust'> & {
  /** The TUF `root.json` that the agent starts from. */
  readonly trust: FileBytes;
};

export interface FileEntry {
  readonly content: FileBytes;
  /** Permission bits, `0o0000`–`0o7777`. */
  readonly mode: number;
  /** A name, or a number. */
  readonly owner: string | number;
  readonly group: string | number;
}

export interface UnitEntry {
  /** The unit file; undefined when the unit is a package's. */
  readonly content: FileBytes | undefined;
  /** Drop-in files by name, such as `10-limits.conf`. */
  readonly dropIns: Readonly<Record<string, FileBytes>>;
}

export type User = Omit<ParsedDefinition['users'][string], 'group' | 'home'> & {
  /** Name of the primary group: by default the user's own. */
  readonly group: string;
  /** By default `/var/home/<name>`, for a system user `/var/lib/<name>`, for root `/root`. */
  readonly home: string;
};
export type Group = Definition['groups'][string];
export type HealthCheck = Definition['healthChecks'][string];
