import { closeSync, constants, openSync } from 'node:fs';

/**
 * Keeps the block device at `path` to itself until it is disposed of: nobody can mount it meanwhile, in no mount namespace (open(2), O_EXCL on block
 * devices). Whoever looked at an automount point during a repair would otherwise have the kernel read what is half written, and write it back
 * later. Throws what the system says when somebody has it: EBUSY.
 */
export function holdDevice(path: string): Disposable {
  const device = openSync(path, constants.O_RDONLY | constants.O_EXCL);
  return { [Symbol.dispose]: () => closeSync(device) };
}
