import * as z from 'zod';
import { absolutePath } from './absolute-path.ts';
import { groups, users } from './accounts.ts';
import { base } from './base.ts';
import { consoleAccess } from './console.ts';
import { containers } from './container.ts';
import { disk } from './disk.ts';
import { explain, show } from './explain.ts';
import { extensions } from './extension.ts';
import { directories, files, symlinks } from './file-entry.ts';
import { healthChecks } from './health-check.ts';
import { image } from './image.ts';
import { kernel } from './kernel.ts';
import { kernelArgument } from './kernel-argument.ts';
import { packageName } from './package-name.ts';
import { systemName, systemVersion } from './release-name.ts';
import { services } from './services.ts';
import { strict } from './strict.ts';
import { timeZone } from './time-zone.ts';
import { units } from './unit.ts';
import { updates } from './updates.ts';

const moduleName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, {
  error: (issue) =>
    explain(`${show(issue.input)} is not the name of a kernel module`, 'write it as lsmod shows it: "br_netfilter"'),
});

const sysctl = z
  .record(
    z.string().regex(/^[A-Za-z0-9_*-]+([./][A-Za-z0-9_*:-]+)+$/, {
      error: (issue) =>
        explain(`${show(issue.input)} is not a kernel setting`, 'write it as sysctl(8) does: "net.ipv4.ip_forward"'),
    }),
    z
      .union([z.string().regex(/^[^\n\r\0]+$/), z.number(), z.boolean()])
      .transform((value) => (typeof value === 'boolean' ? (value ? '1' : '0') : String(value))),
  )
  .default({})
  .describe('Kernel settings (sysctl.d(5)): `net.ipv4.ip_forward`: 1.');

const hostname = z.string().regex(/^(?=.{1,64}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/, {
  error: (issue) =>
    explain(
      `${show(issue.input)} is not a host name`,
      'use at most 64 lower-case letters, digits and inner hyphens; dots separate labels',
    ),
});

const locale = z.string().regex(/^(C|[a-z]{2,3}_[A-Z]{2})\.UTF-8(@[a-z]+)?$/, {
  error: (issue) =>
    explain(`${show(issue.input)} is not a locale`, 'write a UTF-8 locale such as "C.UTF-8" or "en_GB.UTF-8"'),
});

/** The one schema of a definition, whatever language it is written in. What it does not say is checked by `build/evaluate`. */
export const definitionSchema = strict({
  name: systemName,
  version: systemVersion,
  architecture: z.enum(['amd64', 'arm64']).default('amd64').describe('Architecture of the machines. Default: `amd64`.'),
  base,
  kernel,
  packages: z
    .array(packageName)
    .default([])
    .describe('Packages to install, with what they depend on (not what they recommend).'),
  exclude: z
    .array(packageName)
    .default([])
    .describe('Packages that are never installed. When something needs one, making the lock fails and says what.'),
  files,
  directories,
  symlinks,
  units,
  services,
  users,
  groups,
  kernelArguments: z.array(kernelArgument).default([]).describe("Arguments to add to the kernel's command line."),
  modules: z.array(moduleName).default([]).describe('Kernel modules to load at boot.'),
  sysctl,
  hostname: hostname.optional().describe('Host name. Default: `name`.'),
  timeZone: timeZone.default('UTC').describe('Time zone, `Area/City` as in the tz database. Default: `UTC`.'),
  locale: locale
    .default('C.UTF-8')
    .describe('Locale. Any but the default, `C.UTF-8`, needs the package `locales-all`.'),
  console: consoleAccess,
  disk,
  image,
  healthChecks,
  updates,
  containers,
  extensions,
  surface: strict({
    setuid: z
      .array(absolutePath)
      .default([])
      .describe('Programs that keep their setuid or setgid bit. It is taken off all others.'),
  })
    .prefault({})
    .describe('What may be part of the attack surface though it is not by default.'),
  keep: strict({
    documentation: z.boolean().default(false).describe('Keep manuals and documentation. Default: false.'),
    packageManager: z
      .boolean()
      .default(false)
      .describe('Keep apt, dpkg and their databases. They can change nothing in the running system. Default: false.'),
    paths: z
      .array(absolutePath)
      .default([])
      .describe('Paths that are kept, with what is below them, whatever the rules say.'),
  })
    .prefault({})
    .describe('What is left out of images by default, and is to be kept.'),
}).describe('An Ashlar system.');

/** What the schema makes of it: defaults filled in, values parsed; files not yet read. */
export type ParsedDefinition = z.output<typeof definitionSchema>;
