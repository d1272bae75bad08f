import * as z from 'zod';
import { readReleaseContents } from '../build/diff/release-contents.ts';
import { linesOf } from '../build/diff/surface-changes.ts';
import { readSurface } from '../build/surface/read-surface.ts';
import { type Surface, surfaceSchema } from '../build/surface/surface.ts';
import { readManifest } from '../build/verify/verify-release.ts';
import { formatBytes } from '../model/format-bytes.ts';
import { manifestSchema } from '../model/manifest.ts';
import type { Style } from './style.ts';
import { defineVerb } from './verb.ts';

const resultSchema = z.strictObject({
  manifest: manifestSchema,
  surface: surfaceSchema.optional().describe('With --surface'),
  packages: z
    .array(z.strictObject({ name: z.string(), version: z.string(), architecture: z.string() }))
    .optional()
    .describe('With --packages: what is installed in the image'),
});
type Result = z.output<typeof resultSchema>;

export default defineVerb({
  command: (command) =>
    command
      .argument('<release>', 'the directory of a release, such as out/web-server/1.0.0')
      .option('--surface', 'what can be reached or misused: setuid files, units, sockets, shells, accounts')
      .option('--packages', 'the packages in the image'),
  examples: [
    { command: 'ashlar inspect out/web-server/1.0.0', explains: 'what the release is' },
    { command: 'ashlar inspect --surface out/web-server/1.0.0', explains: 'its attack surface, read from the image' },
    { command: 'ashlar inspect --packages --json out/web-server/1.0.0', explains: 'its packages, for a program' },
  ],
  options: z.object({
    arguments: z.tuple([z.string()]),
    surface: z.boolean().default(false),
    packages: z.boolean().default(false),
  }),
  result: resultSchema,
  run: async ({ arguments: [directory], surface, packages }, { progress }) => {
    if (!surface && !packages) return { result: { manifest: readManifest(directory) } };
    const step = progress.begin('Reading the image');
    const release = readReleaseContents(directory);
    step.end();
    const installed = release.packages.filter(({ group }) => group === 'root');
    return {
      result: {
        manifest: release.manifest,
        ...(surface ? { surface: readSurface(release.tree, release.read) } : {}),
        ...(packages
          ? { packages: installed.map(({ name, version, architecture }) => ({ name, version, architecture })) }
          : {}),
      },
    };
  },
  text: (result, style) =>
    [releaseText(result, style), surfaceText(result, style), packagesText(result, style)].filter(Boolean).join('\n\n'),
});

function releaseText({ manifest }: Result, { bold, dim }: Style): string {
  const { name, version, architecture, created, root, boot, requirements, healthChecks } = manifest;
  const rows: [string, string][] = [
    ['created', `${new Date(created * 1000).toISOString().slice(0, 10)}, from the package index of that day`],
    ['root hash', root.hash],
    ['image', `${formatBytes(root.image.size)}, hash tree ${formatBytes(root.tree.size)}`],
    ['boot image', `${formatBytes(boot.uki.size)}, kernel ${boot.kernel}`],
    ['command line', boot.commandLine],
    ['needs', `a slot of ${formatBytes(requirements.slotBytes)}`],
    ['health checks', Object.keys(healthChecks).join(', ') || 'none'],
  ];
  const lines = rows.map(([label, value]) => `  ${dim(label.padEnd(13))} ${value}`);
  return [`${bold(`${name} ${version}`)} (${architecture})`, ...lines].join('\n');
}

const PART_TITLES: { readonly [Part in keyof Surface]: string } = {
  setuid: 'Programs that run with another’s rights (setuid, setgid)',
  capabilities: 'Programs with file capabilities',
  sockets: 'Sockets that are open after boot',
  units: 'Units that start at boot',
  shells: 'Shells',
  accounts: 'Accounts',
};

function surfaceText({ surface }: Result, { bold, dim, yellow }: Style): string {
  if (surface === undefined) return '';
  const network = new Set(surface.sockets.flatMap(({ unit, network }) => (network ? unit : [])));
  const parts = (Object.keys(PART_TITLES) as (keyof Surface)[]).map((part) => {
    const lines = [...linesOf(surface, part)].map((line) => {
      const reachable = part === 'sockets' && network.has(line.split(' ', 1)[0] ?? '');
      return reachable || (part === 'accounts' && line.endsWith('can log in')) ? `  ${yellow(line)}` : `  ${line}`;
    });
    return [bold(PART_TITLES[part]), ...(lines.length === 0 ? [dim('  none')] : lines)].join('\n');
  });
  return parts.join('\n\n');
}

function packagesText({ packages }: Result, { bold }: Style): string {
  if (packages === undefined) return '';
  const width = Math.max(0, ...packages.map(({ name }) => name.length));
  const lines = packages.map(({ name, version }) => `  ${name.padEnd(width)}  ${version}`);
  return [bold(`${packages.length} packages`), ...lines].join('\n');
}
