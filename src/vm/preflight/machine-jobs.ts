import { availableParallelism } from 'node:os';
import { DEFAULT_MEMORY_MIB } from '../machine-options.ts';

/** What QEMU needs beside the guest's memory: firmware, translated code, buffers. */
const OVERHEAD_MIB = 256;
/** Of the memory that is free now, so much is left for all else. */
const SPARED_MIB = 1024;

/**
 * How many machines may run at once: as many as the memory that is free holds and there are processors, at least one.
 *
 * @param freeBytes memory that can be had without swapping.
 */
export function machineJobs(
  freeBytes: number = process.availableMemory(),
  processors: number = availableParallelism(),
): number {
  const fitting = Math.floor((freeBytes / 1024 ** 2 - SPARED_MIB) / (DEFAULT_MEMORY_MIB + OVERHEAD_MIB));
  return Math.max(1, Math.min(fitting, processors));
}
