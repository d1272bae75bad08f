import { randomInt } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { PREFLIGHT_FILES, preflightFolder } from '../build/release/preflight-folder.ts';
import { verifyRelease } from '../build/verify/verify-release.ts';
import { AshlarError } from '../model/error.ts';
import { documentBytes } from '../model/manifest.ts';
import { preflightReportSchema, type TrialResult, trialResultSchema } from '../model/preflight-report.ts';
import { preflightVerdict } from '../model/preflight-verdict.ts';
import { makeDirectory } from '../store/make-directory.ts';
import { replaceFile } from '../store/replace-file.ts';
import { openStore } from '../store/store.ts';
import { signAttestation } from '../trust/attestation/sign-attestation.ts';
import { readKeyFile } from '../trust/keys/key-file.ts';
import { machineJobs } from '../vm/preflight/machine-jobs.ts';
import { makePrivateRepository, type PrivateRepository } from '../vm/preflight/private-repository.ts';
import { runPreflight, type TrialEvent } from '../vm/preflight/run-preflight.ts';
import { updateObstacle } from '../vm/preflight/trial-bench.ts';
import { TRIALS } from '../vm/preflight/trials.ts';
import { readTriedRelease, type TriedRelease } from '../vm/preflight/tried-release.ts';
import { commandPassphrase, PASSPHRASE_OPTION } from './command-passphrase.ts';
import { formatDuration } from './format-duration.ts';
import type { Style } from './style.ts';
import { type Call, defineVerb, type Outcome } from './verb.ts';
import { wholeNumber } from './whole-number.ts';

/** Seeds are printed and typed: nine digits are enough of them. */
const MAX_SEED = 1_000_000_000;

const options = z.object({
  arguments: z.tuple([z.string()]),
  previous: z.string().optional(),
  trial: z
    .array(z.enum(TRIALS.map(({ name }) => name)))
    .min(1)
    .optional(),
  jobs: wholeNumber(1, 64).optional(),
  seed: wholeNumber(0, MAX_SEED - 1).optional(),
  key: z.array(z.string()).default([]),
  passphraseFile: z.string().optional(),
});

type Options = z.output<typeof options>;

const resultSchema = z.discriminatedUnion('event', [
  z.strictObject({
    event: z.literal('trial-started'),
    name: z.string(),
    title: z.string(),
  }),
  trialResultSchema.extend({ event: z.literal('trial-ended') }),
  z.strictObject({
    event: z.literal('finished'),
    verdict: z.enum(['passed', 'failed', 'skipped']).describe('`failed` ends with exit code 3'),
    folder: z.string().describe('Report, attestation and serial logs'),
    signed: z.boolean(),
    seed: z.int().describe('`--seed` with it leaves the same to chance'),
    report: preflightReportSchema,
  }),
]);

type Result = z.output<typeof resultSchema>;
type Finished = Extract<Result, { event: 'finished' }>;

export default defineVerb<Options, Result>({
  command: (command) =>
    command
      .argument('<release>', 'a release directory, such as out/web/2.0.0')
      .option('--previous <release>', 'directory of the release that devices have now')
      .option(
        '--trial <name>',
        `only this trial (${TRIALS.map(({ name }) => name).join(', ')}); may be repeated`,
        collect,
      )
      .option('--jobs <number>', 'machines at once; by default what memory and processors allow')
      .option('--seed <number>', 'what is left to chance follows from it; by default another one each time')
      .option('--key <file>', 'sign the result with this key (`NAME.key.json`); may be repeated', collect)
      .option(...PASSPHRASE_OPTION),
  examples: [
    {
      command: 'ashlar preflight out/web/2.0.0 --previous out/web/1.0.0',
      explains: 'boot it, update to it, break it, go back: in virtual machines',
    },
    {
      command: 'ashlar preflight out/web/2.0.0 --key keys/online/stable-1.key.json',
      explains: 'sign the result, for a channel that asks for it',
    },
    { command: 'ashlar preflight out/web/2.0.0 --trial boot --json', explains: 'one trial, events as JSON lines' },
  ],
  options,
  result: resultSchema,
  run,
  text: (result, style) => (result.event === 'finished' ? finishedText(result, style) : ''),
});

/** Checks the release, makes the trials, writes down what came of them. */
async function run(options: Options, call: Call): Promise<Outcome<Result>> {
  const [directory] = options.arguments;
  const passphrase = commandPassphrase(options.passphraseFile);
  // A key that cannot be read is better noticed before half an hour of trials.
  const signers = options.key.map((path) => readKeyFile(path, passphrase).signer);
  await refuseDamaged(directory, call);
  const release = readTriedRelease(directory);
  const previous = options.previous === undefined ? undefined : readTriedRelease(options.previous);
  if (previous !== undefined && previous.manifest.name !== release.manifest.name) {
    throw new AshlarError(
      'usage',
      `${previous.manifest.name} is another system than ${release.manifest.name}: it never updates to it.`,
      { hint: 'Name a release of the same system with --previous.' },
    );
  }
  const seed = options.seed ?? randomInt(MAX_SEED);
  const folder = preflightFolder(directory);
  makeDirectory(folder);
  const scratch = openStore().temporary('preflight');
  mkdirSync(scratch, { recursive: true, mode: 0o700 });
  try {
    const report = await runPreflight({
      release,
      previous,
      repository: await repositoryFor({ release, previous }, scratch, call),
      trials: TRIALS.filter(({ name }) => options.trial === undefined || options.trial.includes(name)),
      jobs: options.jobs ?? machineJobs(),
      seed,
      scratch,
      logs: folder,
      tell: teller(call),
      now: () => new Date(),
      signal: call.signal,
    });
    replaceFile(join(folder, PREFLIGHT_FILES.report), documentBytes(report));
    const attestation = join(folder, PREFLIGHT_FILES.attestation);
    // One of an earlier preflight would say what is no longer so.
    rmSync(attestation, { force: true });
    if (signers.length > 0) replaceFile(attestation, await signAttestation(report, signers));
    const verdict = preflightVerdict(report);
    const result: Finished = { event: 'finished', verdict, folder, signed: signers.length > 0, seed, report };
    return { result, exitCode: verdict === 'passed' ? 0 : 3 };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A private repository, when there is something to update from and to. */
async function repositoryFor(
  { release, previous }: { readonly release: TriedRelease; readonly previous: TriedRelease | undefined },
  folder: string,
  { progress, signal }: Call,
): Promise<PrivateRepository | undefined> {
  if (previous === undefined || updateObstacle({ release, previous }) !== undefined) return undefined;
  const step = progress.begin('Publishing both releases in a private repository');
  const channels = [release, previous].flatMap(({ updates }) => (updates === undefined ? [] : [updates.channel]));
  const repository = await makePrivateRepository({
    releases: [previous, release],
    channels: [...new Set(channels)],
    folder: join(folder, 'repository'),
    now: new Date(),
    signal,
  });
  step.end();
  return repository;
}

async function refuseDamaged(directory: string, { progress, signal }: Call): Promise<void> {
  const { findings } = await verifyRelease(directory, { progress, signal });
  const wrong = findings.find(({ severity }) => severity === 'error');
  if (wrong === undefined) return;
  throw new AshlarError('release-not-verified', `${directory} is not what its manifest says: ${wrong.message}`, {
    hint: '`ashlar verify` lists all that is wrong; build the release again.',
  });
}

/** Tells events as they come: JSON lines, or a progress step for each trial that runs. */
function teller({ json, emit, progress, style }: Call): (event: TrialEvent) => void {
  const running = new Map<string, { end(summary?: string): void }>();
  return (event) => {
    emit(event);
    if (json) return;
    if (event.event === 'trial-started') {
      running.set(event.name, progress.begin(`${event.name}: ${event.title}`));
      return;
    }
    running.get(event.name)?.end(event.outcome);
    running.delete(event.name);
    progress.note(trialText(event, style));
  };
}

const MARKS = { passed: '✔', failed: '✖', 'not-applicable': '–' } as const;

function trialText({ name, outcome, reason, seconds }: TrialResult, style: Style): string {
  const paint = { passed: style.green, failed: style.red, 'not-applicable': style.dim }[outcome];
  const time = outcome === 'not-applicable' ? '' : ` (${formatDuration(seconds * 1000)})`;
  return `${paint(MARKS[outcome])} ${style.bold(name)}${time}: ${reason}`;
}

function finishedText({ verdict, report, folder, signed, seed }: Finished, style: Style): string {
  const { name, version } = report.release;
  const of = { passed: style.green('passed'), failed: style.red('not passed'), skipped: style.yellow('skipped') };
  return [
    `${style.bold(`${name} ${version}`)} ${of[verdict]} (seed ${seed})`,
    ...report.trials.map((trial) => `  ${trialText(trial, style)}`),
    `  ${signed ? 'signed, ' : ''}with the serial logs in ${folder}`,
  ].join('\n');
}

function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}
