import { randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';

/** Who made a temporary file or directory, as its name tells. */
export interface TemporaryOwner {
  readonly pid: number;
  /** The process-id namespace in which `pid` counts: another container's numbers mean nothing here. */
  readonly namespace: string;
}

/** `<label>.<pid>.<namespace>.<random>` */
const NAME = /^[a-z][a-z0-9-]*\.(\d{1,10})\.(\d{1,20})\.[0-9a-f]{12}$/;

/** This process's process-id namespace: its inode number, `0` where the kernel does not tell. */
export function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

/** A name for a temporary of this process that no other one has. `label` is of lower-case letters, digits and `-`. */
export function temporaryName(label: string, namespace: string): string {
  return `${label}.${process.pid}.${namespace}.${randomBytes(6).toString('hex')}`;
}

/** Whose temporary has the name `name`; undefined when it is not of the form that {@link temporaryName} gives. */
export function temporaryOwner(name: string): TemporaryOwner | undefined {
  const match = NAME.exec(name);
  return match?.[1] === undefined || match[2] === undefined
    ? undefined
    : { pid: Number(match[1]), namespace: match[2] };
}
