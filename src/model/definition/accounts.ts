import * as z from 'zod';
import { absolutePath } from './absolute-path.ts';
import { explain } from './explain.ts';
import { accountName, MAX_ID } from './file-entry.ts';
import { sshKeyProblem } from './ssh-key.ts';
import { strict } from './strict.ts';

/** No one can log in with this shell. */
export const NO_SHELL = '/usr/sbin/nologin';

const id = z.int().min(1).max(MAX_ID);

const sshKey = z
  .string()
  .check((context) => {
    const problem = sshKeyProblem(context.value);
    if (problem !== undefined) context.issues.push({ code: 'custom', input: context.value, message: problem });
  })
  .describe('A line of authorized_keys(5).');

const user = strict({
  uid: id.optional().describe('User id. Without it, one is chosen and pinned in the lock.'),
  group: accountName.optional().describe('Primary group. Default: a group with the name of the user.'),
  groups: z.array(accountName).default([]).describe('Further groups that the user is in.'),
  comment: z
    .string()
    .regex(/^[^:\n\0]*$/, { error: explain('a comment has no ":" and no line break', 'remove it') })
    .default('')
    .describe('Full name or purpose (the GECOS field).'),
  shell: absolutePath.default(NO_SHELL).describe(`Login shell. Default: \`${NO_SHELL}\`, so no one can log in.`),
  home: absolutePath
    .optional()
    .describe('Home directory. Default: `/var/home/<name>`; for a system user `/var/lib/<name>`, which is not made.'),
  passwordHash: z
    .string()
    .regex(/^\$(y|gy|7|2[aby]|6|5)\$[!-9;-~]+$/, {
      error: explain(
        'this is not a password hash',
        'paste what `mkpasswd --method=yescrypt` prints; never the password itself',
      ),
    })
    .optional()
    .describe('Hash of the password, crypt(5). Default: no password will do.'),
  sshKeys: z.array(sshKey).default([]).describe('Public keys that may log in as this user over SSH.'),
  system: z.boolean().default(false).describe('A user for a service, with an id below 1000. Default: false.'),
});

const group = strict({
  gid: id.optional().describe('Group id. Without it, one is chosen and pinned in the lock.'),
  system: z.boolean().default(false).describe('A group for a service, with an id below 1000. Default: false.'),
});

export const users = z
  .record(accountName, user)
  .default({})
  .describe(
    'Users by name; `root` may be named to give it a shell, keys or a password, all of which it lacks by default.',
  );

export const groups = z.record(accountName, group).default({}).describe('Groups by name.');
