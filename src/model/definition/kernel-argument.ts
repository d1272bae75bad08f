import * as z from 'zod';
import { explain, show } from './explain.ts';

/** Arguments that decide which root boots and how it is checked: they are Ashlar's, or promise 1 would not hold. */
const OWNED = ['root', 'roothash', 'rootflags', 'rootfstype', 'ro', 'rw', 'init', 'rdinit', 'initrd', 'usrhash'];

/** One argument of the kernel's command line: `name` or `name=value`, the value in double quotes when it has spaces. */
export const kernelArgument = z
  .string()
  .regex(/^(?=.{1,512}$)[!#-~]+("[ !#-~]*")?$/, {
    error: (issue) =>
      explain(
        `${show(issue.input)} is not one kernel argument`,
        'write one argument an entry, printable ASCII, a value with spaces in double quotes',
      ),
    abort: true,
  })
  .refine((argument) => !OWNED.includes(argument.split('=')[0]!), {
    error: (issue) =>
      explain(
        `the kernel argument ${show(issue.input)} is not the definition's to set`,
        'remove it: Ashlar says which root boots',
      ),
  });
