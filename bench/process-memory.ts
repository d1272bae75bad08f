import { readdirSync, readFileSync } from 'node:fs';

/** Memory of a process and all that it started, at one moment, in bytes. */
export interface ProcessMemory {
  /** Their private memory together: heaps and stacks, not the files they map, which the kernel can drop at any time. */
  readonly anonymous: number;
  /** The most that any one of them has had resident so far (`VmHWM`, proc_pid_status(5)). */
  readonly largest: number;
}

const KIB = 1024;

/** Reads /proc once; what ends meanwhile counts for nothing. */
export function processMemory(root: number): ProcessMemory {
  const family = familyOf(root);
  let anonymous = 0;
  let largest = 0;
  for (const pid of family) {
    const status = readProc(`${pid}/status`);
    anonymous += kilobytes(status, 'RssAnon') * KIB;
    largest = Math.max(largest, kilobytes(status, 'VmHWM') * KIB);
  }
  return { anonymous, largest };
}

/** Memory of all tmpfs file systems of the machine, bytes (`Shmem`, proc_meminfo(5)). */
export function sharedMemory(): number {
  return kilobytes(readProc('meminfo'), 'Shmem') * KIB;
}

function familyOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (Number.isInteger(pid)) parents.set(pid, parentOf(pid));
  }
  const family = [root];
  // A child may have a smaller id than its parent once ids have wrapped: look until nothing is added.
  for (let at = 0; at < family.length; at++) {
    for (const [pid, parent] of parents) if (parent === family[at]) family.push(pid);
  }
  return family;
}

/** The program's name in /proc/PID/stat may hold anything, parentheses too; what follows the last one is in order. */
function parentOf(pid: number): number {
  const stat = readProc(`${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? -1);
}

function kilobytes(text: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0);
}

function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'latin1');
  } catch {
    return '';
  }
}
