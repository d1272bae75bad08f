import * as z from 'zod';
import { evaluateDefinition } from '../build/evaluate/evaluate-definition.ts';
import { tellOutput } from '../build/evaluate/tell-output.ts';
import { fetchPackages, missingPackages } from '../build/fetch/fetch-packages.ts';
import { lockPath, readLockFile, writeLockFile } from '../build/lock-file.ts';
import { type LockChanges, lockChanges } from '../build/resolve/lock-changes.ts';
import { requestDifferences } from '../build/resolve/lock-fits.ts';
import { lockRequest } from '../build/resolve/lock-request.ts';
import { type ResolveOptions, resolveLock } from '../build/resolve/resolve-lock.ts';
import { AshlarError } from '../model/error.ts';
import { formatBytes } from '../model/format-bytes.ts';
import type { Lock } from '../model/lock.ts';
import { openStore } from '../store/store.ts';
import type { Style } from './style.ts';
import { tellWarnings } from './tell-warnings.ts';
import { type Call, defineVerb, type ExitCode, type Outcome } from './verb.ts';

const options = z.object({
  arguments: z.array(z.string()).max(1),
  update: z.union([z.literal(true), z.array(z.string())]).optional(),
  check: z.boolean().default(false),
});

const change = z.strictObject({
  name: z.string(),
  version: z.string(),
  size: z.int().describe('Bytes of the package'),
});

const result = z
  .strictObject({
    lock: z.string().describe('Path of the lock'),
    outcome: z
      .enum(['made', 'updated', 'current', 'outdated'])
      .describe('`made` and `updated`: written; `current`: nothing differs; `outdated`: `--check` found what differs'),
    packages: z.int().describe('Packages that the lock names'),
    added: z.array(change),
    removed: z.array(change),
    upgraded: z.array(
      z.strictObject({
        name: z.string(),
        from: z.string(),
        to: z.string(),
        size: z.int().describe('Bytes of the package'),
      }),
    ),
    size: z.strictObject({ before: z.int(), after: z.int() }).describe('Bytes of all packages together'),
  })
  .describe('What `ashlar lock` did or found');

type Options = z.infer<typeof options>;
type Result = z.infer<typeof result>;

/** `--check` found that a lock is missing, does not fit, or is behind the distribution. */
const CHECK_SAYS_NO: ExitCode = 3;
const NOTHING_TO_DO: ExitCode = 4;

export default defineVerb<Options, Result>({
  command: (command) =>
    command
      .argument('[place]', 'folder or file of the definition', '.')
      .option('--update [packages...]', 'take the newest versions: of the packages named, or of all')
      .option('--check', 'write nothing; exit with 3 when the lock would change'),
  examples: [
    {
      command: 'ashlar lock',
      explains: 'Lock what the definition in this folder asks for; versions that are locked stay.',
    },
    {
      command: 'ashlar lock web-server --update',
      explains: 'Take the newest version of every package, and show what changes.',
    },
    { command: 'ashlar lock --update nginx openssl', explains: 'Take only these, and what they need.' },
    { command: 'ashlar lock --update --check', explains: 'Say in a script whether there are updates.' },
  ],
  options,
  result,
  run,
  text,
});

async function run({ arguments: [place = '.'], update, check }: Options, call: Call): Promise<Outcome<Result>> {
  const { progress, signal } = call;
  assertNames(update);
  const evaluated = await evaluateDefinition(place, { signal });
  tellOutput(evaluated, progress);
  tellWarnings(evaluated.warnings, progress);
  const { definition, directory } = evaluated;
  const path = lockPath(directory);
  const previous = readLockFile(path);
  assertLocked(update, previous);
  const fits = previous !== undefined && requestDifferences(lockRequest(definition), previous.request).length === 0;
  if (fits && update === undefined && !check) {
    return { result: describe(path, 'current', previous, previous), exitCode: NOTHING_TO_DO };
  }
  const lock = await resolveLock(definition, {
    previous,
    update: await whatMayChange(update, check, previous, call),
    progress,
    signal,
  });
  if (lock === previous) {
    return check
      ? { result: describe(path, 'current', previous, lock) }
      : { result: describe(path, 'current', previous, lock), exitCode: NOTHING_TO_DO };
  }
  if (check) return { result: describe(path, 'outdated', previous, lock), exitCode: CHECK_SAYS_NO };
  writeLockFile(path, lock);
  return { result: describe(path, previous === undefined ? 'made' : 'updated', previous, lock) };
}

/** The names of binary packages (Debian policy, 5.6.7). */
const PACKAGE_NAME = /^[a-z0-9][a-z0-9+.-]+$/;

/** `--update` takes all words behind it: one that cannot be a package is the definition's place. */
function assertNames(update: Options['update']): void {
  if (!Array.isArray(update)) return;
  const place = update.find((name) => !PACKAGE_NAME.test(name));
  if (place === undefined) return;
  throw new AshlarError('usage', `'${place}' is not the name of a package.`, {
    hint: `The definition's place stands before the options: \`ashlar lock ${place} --update …\`.`,
  });
}

/** `--update NAME` of a package that no lock names is a slip of the pen. */
function assertLocked(update: Options['update'], previous: Lock | undefined): void {
  if (!Array.isArray(update)) return;
  const unknown = update.filter((name) => !previous?.packages.some((each) => each.name === name));
  if (unknown.length === 0) return;
  throw new AshlarError('usage', `The lock has no package ${unknown.join(', ')} to update.`, {
    hint: 'Name packages that are locked, or `--update` alone for all; new packages are added in the definition.',
  });
}

/**
 * Everything with `--update` or `--check` alone; else what was named, or nothing but what a changed definition needs. Keeping
 * versions takes the locked packages themselves, as the mirror may have newer ones only; when they cannot be had any more, all
 * is resolved anew.
 */
async function whatMayChange(
  update: Options['update'],
  check: boolean,
  previous: Lock | undefined,
  { progress, signal }: Call,
): Promise<ResolveOptions['update']> {
  if (previous === undefined || update === true || (update === undefined && check)) return 'all';
  const store = openStore();
  if (missingPackages(previous, store).length > 0) {
    try {
      await fetchPackages(previous, store, { progress, signal });
    } catch (error) {
      if (!(error instanceof AshlarError && error.code === 'package-gone')) throw error;
      progress.note(`${error.message} So every package is taken at its newest version.`);
      return 'all';
    }
  }
  return { only: update ?? [], store };
}

function describe(path: string, outcome: Result['outcome'], before: Lock | undefined, after: Lock): Result {
  const { added, removed, upgraded, size }: LockChanges = lockChanges(before, after);
  return {
    lock: path,
    outcome,
    packages: after.packages.length,
    added: [...added],
    removed: [...removed],
    upgraded: [...upgraded],
    size,
  };
}

function text({ lock, outcome, packages, added, removed, upgraded, size }: Result, style: Style): string {
  const count = `${packages} ${packages === 1 ? 'package' : 'packages'}, ${formatBytes(size.after)}`;
  if (outcome === 'current') return `${lock} is current: ${count}.`;
  if (outcome === 'made') return `${style.green('✔')} Wrote ${lock}: ${count}.`;
  const grown = size.after - size.before;
  return [
    ...upgraded.map(({ name, from, to }) => `${style.yellow('~')} ${name}  ${from} → ${to}`),
    ...added.map(({ name, version }) => `${style.green('+')} ${name}  ${version}`),
    ...removed.map(({ name, version }) => `${style.red('-')} ${name}  ${version}`),
    `${upgraded.length} upgraded, ${added.length} added, ${removed.length} removed; ${grown < 0 ? '' : '+'}${formatBytes(grown)}.`,
    outcome === 'outdated'
      ? `${lock} would change; run \`ashlar lock --update\` to write it.`
      : `${style.green('✔')} Wrote ${lock}: ${count}.`,
  ].join('\n');
}
