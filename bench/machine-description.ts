import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';

/** What the figures depend on, without what would name the machine. */
export interface MachineDescription {
  readonly cores: number;
  readonly processor: string;
  /** Bytes. */
  readonly memory: number;
  readonly kernel: string;
  readonly distribution: string;
}

export function describeMachine(): MachineDescription {
  const osRelease = readFileSync('/etc/os-release', 'utf8');
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memory: totalmem(),
    // Its version alone: what follows may name who built the machine.
    kernel: /^[\d.]+/.exec(release())?.[0] ?? 'unknown',
    distribution: /^PRETTY_NAME="?([^"\n]*)/m.exec(osRelease)?.[1] ?? 'unknown',
  };
}
