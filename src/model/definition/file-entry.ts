import * as z from 'zod';
import { absolutePath } from './absolute-path.ts';
import { contentKeys, contentProblem, contentSource } from './content-source.ts';
import { explain, show } from './explain.ts';
import { modeSchema } from './mode.ts';
import { strict } from './strict.ts';

/** User and group ids that may be used: 65534 is "nobody", 65535 and 4294967295 mean "none" to the kernel. */
export const MAX_ID = 65_533;

/** The name of a user or group (useradd(8): the strict form that every tool takes). */
export const accountName = z.string().regex(/^[a-z_][a-z0-9_-]{0,30}$/, {
  error: (issue) =>
    explain(
      `${show(issue.input)} is not a name for a user or group`,
      'use at most 31 lower-case letters, digits, "_" and "-", starting with a letter',
    ),
});

const owner = z.union([accountName, z.int().min(0).max(MAX_ID)]).default('root');

/** Who owns a file or directory. */
const ownership = {
  owner: owner.describe('User that owns it, by name or number. Default: `root`.'),
  group: owner.describe('Group that owns it, by name or number. Default: `root`.'),
};

/** A file of the definition: text, or where its content comes from with mode and owner. */
const fileEntry = z
  .union([
    z.string(),
    strict({ ...contentKeys, mode: modeSchema('0644'), ...ownership }).check((context) => {
      const message = contentProblem(context.value, [], true);
      if (message !== undefined) context.issues.push({ code: 'custom', input: context.value, message });
    }),
  ])
  .transform((entry) => {
    if (typeof entry === 'string') {
      return { source: contentSource({ content: entry })!, mode: 0o644, owner: 'root', group: 'root' };
    }
    return { source: contentSource(entry)!, mode: entry.mode, owner: entry.owner, group: entry.group };
  });

const directoryEntry = strict({ mode: modeSchema('0755'), ...ownership });

export const files = z
  .record(absolutePath, fileEntry)
  .default({})
  .describe(
    'Files by their path in the system; text is short for `{ content: … }`. What lies under `/var` (and so under `/home` and `/root`) is factory content: put there once, at first use.',
  );

export const directories = z
  .record(absolutePath, directoryEntry)
  .default({})
  .describe('Directories by their path in the system. Parents are made as needed.');

export const symlinks = z
  .record(
    absolutePath,
    z
      .string()
      .min(1, { error: explain('a symbolic link needs a target', 'write where it points') })
      .max(4095)
      .refine((target) => !target.includes('\0') && !target.includes('\n'), {
        error: explain('the target contains a line break or NUL', 'remove it'),
      })
      .describe('Where the link points: an absolute path, or one relative to the link.'),
  )
  .default({})
  .describe('Symbolic links: path in the system to target.');
