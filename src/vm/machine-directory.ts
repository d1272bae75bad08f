import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A machine's private files: its firmware variables and the copies of its disks. */
export interface MachineDirectory {
  readonly path: string;
  /** Removes it with all that is in it; may be called twice. */
  readonly remove: () => void;
}

/**
 * `ashlar-vm-<process namespace>-<process>-<its start time>-<random>`: by its name a later run knows whether the owner still
 * lives. Another namespace's processes cannot be seen, so its directories are not judged.
 */
const NAME = /^ashlar-vm-(\d+)-(\d+)-(\d+)-[A-Za-z0-9]{6}$/;

/**
 * Makes a directory that only its owner may enter (0700, mkdtemp). It goes when `remove` is called, at the latest when the process
 * ends; what a killed process left is removed by the next call, which looks only at its own user's directories.
 *
 * @param parent the folder that holds it.
 */
export function makeMachineDirectory(parent: string = tmpdir()): MachineDirectory {
  sweep(parent);
  const path = mkdtempSync(
    join(parent, `ashlar-vm-${processNamespace()}-${process.pid}-${startTime(process.pid) ?? '0'}-`),
  );
  const remove = (): void => {
    process.off('exit', remove);
    rmSync(path, { recursive: true, force: true });
  };
  process.on('exit', remove);
  return { path, remove };
}

function sweep(parent: string): void {
  for (const name of readdirSync(parent)) {
    const [, namespace, owner, started] = NAME.exec(name) ?? [];
    if (namespace !== processNamespace() || startTime(Number(owner)) === started) continue;
    const path = join(parent, name);
    const status = lstatSync(path, { throwIfNoEntry: false });
    if (status?.isDirectory() === true && status.uid === process.geteuid?.()) {
      rmSync(path, { recursive: true, force: true });
    }
  }
}

/** When the process began, in clock ticks since the host booted (proc(5), /proc/pid/stat, field 22); undefined when there is none. */
function startTime(pid: number): string | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in parentheses, which may hold spaces and parentheses itself.
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** The number of this process's PID namespace (namespaces(7)): `4026531836` outside of containers. */
function processNamespace(): string {
  return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
}
