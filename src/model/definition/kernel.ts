import * as z from 'zod';
import { packageName } from './package-name.ts';
import { strict } from './strict.ts';

/** Which kernel a system runs. */
export const kernel = z
  .union([z.enum(['cloud', 'generic']), strict({ package: packageName.describe('Name of the kernel package.') })])
  .default('cloud')
  .describe(
    'Kernel: `cloud` (drivers of virtual machines only: smaller, boots faster), `generic` (for hardware), or a package by name. Default: `cloud`.',
  );

export type Kernel = z.output<typeof kernel>;

/** The name of the package that brings `kernel` on `architecture` (Debian's names of both). */
export function kernelPackage(kernel: Kernel, architecture: 'amd64' | 'arm64'): string {
  switch (kernel) {
    case 'cloud':
      return `linux-image-cloud-${architecture}`;
    case 'generic':
      return `linux-image-${architecture}`;
    default:
      return kernel.package;
  }
}
