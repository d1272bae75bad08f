import { AshlarError } from '../../../model/error.ts';
import type { DirectoryNode } from '../../../model/tree.ts';
import type { ReadContent } from '../../../store/read-content.ts';
import { lookUp } from '../../compose/look-up.ts';
import { fileAt } from './program-files.ts';

export interface KernelFile {
  /** As `uname -r` says it: the name of the directory of its modules. */
  readonly release: string;
  /** The kernel's image as its package has it in /boot. */
  readonly image: Buffer;
}

/**
 * The one kernel of a composed tree (/boot is still in it). Throws `kernel-unfit` when there is none, or more than one: which of them
 * boots must not depend on chance.
 */
export function findKernel(tree: DirectoryNode, readContent: ReadContent): KernelFile {
  const modules = lookUp(tree, 'usr/lib/modules');
  const releases = modules?.type === 'directory' ? [...modules.children.keys()].sort() : [];
  const bootable = releases.filter((release) => lookUp(tree, `boot/vmlinuz-${release}`)?.type === 'file');
  const [release, ...others] = bootable;
  if (release === undefined || others.length > 0) {
    throw new AshlarError(
      'kernel-unfit',
      release === undefined
        ? 'The packages bring no kernel.'
        : `The packages bring ${bootable.length} kernels: ${bootable.join(', ')}.`,
      { hint: 'Let `kernel` of the definition name the one kernel, and no other package bring another.' },
    );
  }
  return { release, image: fileAt(tree, `boot/vmlinuz-${release}`, readContent) };
}
