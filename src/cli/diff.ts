import { readFileSync, statSync } from 'node:fs';
import * as z from 'zod';
import { type PackageChanges, packageChanges } from '../build/diff/package-changes.ts';
import { readReleaseContents } from '../build/diff/release-contents.ts';
import { surfaceChanges } from '../build/diff/surface-changes.ts';
import { type PathChange, treeChanges } from '../build/diff/tree-changes.ts';
import { readSurface } from '../build/surface/read-surface.ts';
import { usingPath } from '../build/using-path.ts';
import { AshlarError } from '../model/error.ts';
import { formatBytes } from '../model/format-bytes.ts';
import { parseLock } from '../model/lock.ts';
import type { Style } from './style.ts';
import { defineVerb } from './verb.ts';

const named = z.strictObject({ name: z.string(), version: z.string() });
const state = z.strictObject({
  type: z.enum(['directory', 'file', 'symlink', 'block', 'character', 'fifo', 'socket']),
  mode: z.int(),
  uid: z.int(),
  gid: z.int(),
  size: z.int().describe('Bytes of a file, otherwise 0'),
});
const resultSchema = z.strictObject({
  before: z.string(),
  after: z.string(),
  packages: z.strictObject({
    added: z.array(named),
    removed: z.array(named),
    changed: z.array(z.strictObject({ name: z.string(), from: z.string(), to: z.string() })),
  }),
  files: z
    .array(
      z.strictObject({
        path: z.string(),
        change: z.enum(['added', 'removed', 'changed']),
        aspects: z.array(z.enum(['type', 'content', 'target', 'device', 'mode', 'owner', 'attributes'])),
        before: state.optional(),
        after: state.optional(),
      }),
    )
    .optional()
    .describe('Absent when two locks are compared'),
  surface: z
    .array(z.strictObject({ part: z.string(), added: z.array(z.string()), removed: z.array(z.string()) }))
    .optional()
    .describe('Absent when two locks are compared'),
  imageBytes: z.strictObject({ before: z.int(), after: z.int() }).optional(),
  same: z.boolean().describe('Nothing differs'),
});
type Result = z.output<typeof resultSchema>;

/** More lines of one kind than this are summed up; --all shows them. */
const SHOWN_PATHS = 40;

export default defineVerb({
  command: (command) =>
    command
      .argument('<before>', 'the directory of a release, or a lock')
      .argument('<after>', 'the same of another')
      .option('--all', `list every path, not the first ${SHOWN_PATHS}`),
  examples: [
    {
      command: 'ashlar diff out/web-server/1.0.0 out/web-server/1.1.0',
      explains: 'packages, files, sizes, modes and the attack surface',
    },
    { command: 'ashlar diff old/ashlar.lock ashlar.lock', explains: 'what another lock installs' },
  ],
  options: z.object({ arguments: z.tuple([z.string(), z.string()]), all: z.boolean().default(false) }),
  result: resultSchema.extend({ all: z.boolean() }),
  run: async ({ arguments: [before, after], all }, { progress }) => {
    if (isFile(before) !== isFile(after)) {
      throw new AshlarError('usage', `${before} and ${after} are not of one kind`, {
        hint: 'Name two directories of releases, or two locks.',
      });
    }
    if (isFile(before)) return { result: { ...compareLocks(before, after), all } };
    const step = progress.begin('Reading two images', { total: 2, unit: 'items' });
    const old = readReleaseContents(before);
    step.advance(1);
    const now = readReleaseContents(after);
    step.end();
    const packages = packageChanges(old.packages, now.packages);
    const files = treeChanges(old.tree, now.tree);
    const surface = surfaceChanges(readSurface(old.tree, old.read), readSurface(now.tree, now.read));
    const result = resultSchema.parse({
      before,
      after,
      packages,
      files,
      surface,
      imageBytes: { before: old.manifest.root.image.size, after: now.manifest.root.image.size },
      same: !hasChanges(packages) && files.length === 0,
    });
    return { result: { ...result, all } };
  },
  text: ({ all, ...result }, style) =>
    result.same
      ? 'They are the same.'
      : [sizeText(result), packagesText(result, style), surfaceText(result, style), filesText(result, style, all)]
          .filter((part) => part !== '')
          .join('\n\n'),
});

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function compareLocks(before: string, after: string): Result {
  const [old, now] = [before, after].map(
    (path) =>
      parseLock(
        usingPath(path, () => readFileSync(path)),
        path,
      ).packages,
  );
  const packages = packageChanges(old ?? [], now ?? []);
  return resultSchema.parse({ before, after, packages, same: !hasChanges(packages) });
}

function hasChanges({ added, removed, changed }: PackageChanges): boolean {
  return added.length + removed.length + changed.length > 0;
}

function sizeText({ imageBytes }: Result): string {
  if (imageBytes === undefined) return '';
  const { before, after } = imageBytes;
  return `Image: ${formatBytes(before)} → ${formatBytes(after)} (${signedBytes(after - before)})`;
}

function packagesText({ packages: { added, removed, changed } }: Result, style: Style): string {
  const lines = [
    ...added.map(({ name, version }) => style.green(`  + ${name} ${version}`)),
    ...removed.map(({ name, version }) => style.red(`  - ${name} ${version}`)),
    ...changed.map(({ name, from, to }) => `  ~ ${name} ${from} → ${to}`),
  ];
  return lines.length === 0 ? '' : [style.bold('Packages'), ...lines].join('\n');
}

function surfaceText({ surface = [] }: Result, style: Style): string {
  if (surface.length === 0) return '';
  const lines = surface.flatMap(({ part, added, removed }) => [
    ...added.map((line) => style.yellow(`  + ${part}: ${line}`)),
    ...removed.map((line) => `  - ${part}: ${line}`),
  ]);
  return [style.bold('Attack surface'), ...lines].join('\n');
}

function filesText({ files = [] }: Result, style: Style, all: boolean): string {
  if (files.length === 0) return '';
  const count = (change: PathChange['change']): number => files.filter((file) => file.change === change).length;
  const title = `${count('added')} paths added, ${count('removed')} removed, ${count('changed')} changed`;
  const shown = all ? files : files.slice(0, SHOWN_PATHS);
  const rest = files.length - shown.length;
  return [
    style.bold(title),
    ...shown.map((file) => fileLine(file, style)),
    ...(rest > 0 ? [style.dim(`  and ${rest} more: --all lists them`)] : []),
  ].join('\n');
}

function fileLine(
  { path, change, aspects, before, after }: NonNullable<Result['files']>[number],
  style: Style,
): string {
  if (change === 'added')
    return style.green(`  + ${path} ${after?.type === 'file' ? formatBytes(after.size) : ''}`.trimEnd());
  if (change === 'removed') return style.red(`  - ${path}`);
  const details = aspects.map((aspect) => {
    if (before === undefined || after === undefined) return aspect;
    if (aspect === 'content') return `content ${signedBytes(after.size - before.size)}`;
    if (aspect === 'mode') return `mode ${octal(before.mode)} → ${octal(after.mode)}`;
    if (aspect === 'owner') return `owner ${before.uid}:${before.gid} → ${after.uid}:${after.gid}`;
    return aspect;
  });
  return `  ~ ${path} (${details.join(', ')})`;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function signedBytes(bytes: number): string {
  return bytes < 0 ? `−${formatBytes(-bytes)}` : `+${formatBytes(bytes)}`;
}
