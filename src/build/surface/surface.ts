import * as z from 'zod';

const mode = z.int().min(0).max(0o7777).describe('Permission, setuid, setgid and sticky bits, as a number');
const path = z.string().describe('Absolute path');

/** What of an image can be reached or misused: the attack surface, read from its files. Lists are sorted. */
export const surfaceSchema = z
  .strictObject({
    setuid: z
      .array(z.strictObject({ path, mode, uid: z.int(), gid: z.int() }))
      .describe('Programs that run with their owner’s or group’s rights'),
    capabilities: z
      .array(z.strictObject({ path, capabilities: z.string().describe('As getcap(8) prints them') }))
      .describe('Programs that gain capabilities when they are run'),
    units: z
      .array(z.strictObject({ unit: z.string(), by: z.array(z.string()).describe('Units that pull it in') }))
      .describe('Units that are started at boot, directly or because another one wants them'),
    sockets: z
      .array(
        z.strictObject({
          unit: z.string(),
          listens: z.array(z.string()).describe('Addresses as in systemd.socket(5)'),
          network: z.boolean().describe('Whether another machine can reach one of them'),
          started: z.boolean().describe('Whether it is open after boot'),
        }),
      )
      .describe('Socket units of the image'),
    shells: z.array(path).describe('Programs that give whoever runs them a command line'),
    accounts: z
      .array(
        z.strictObject({
          name: z.string(),
          uid: z.int(),
          groups: z.array(z.string()),
          shell: z.string(),
          password: z.boolean().describe('Whether a password is set'),
          sshKeys: z.int().describe('Keys that may log in over SSH'),
          login: z.boolean().describe('Whether someone can log in: a shell that exists, and a password or key'),
        }),
      )
      .describe('Accounts'),
  })
  .describe('Attack surface of an image');

export type Surface = z.output<typeof surfaceSchema>;
