import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import type { ErrorCode } from '../../model/error-codes.ts';
import type { PreflightReport, TrialResult } from '../../model/preflight-report.ts';
import { randomFrom } from '../../model/random.ts';
import { makeStages, type StagesFor } from './stages.ts';
import type { Trial } from './trial.ts';
import { TrialFailure } from './trial-failure.ts';
import type { TriedRelease } from './tried-release.ts';

export interface PreflightOptions {
  readonly release: TriedRelease;
  readonly previous: TriedRelease | undefined;
  /** A repository of its own that has both, when there is something to update to. */
  readonly repository: { readonly image: string; readonly root: Buffer } | undefined;
  readonly trials: readonly Trial[];
  /** How many machines may run at once. */
  readonly jobs: number;
  /** What is left to chance follows from it. */
  readonly seed: number;
  /** A folder for disks, which nobody needs afterwards. */
  readonly scratch: string;
  /** Where the serial logs go, as `<trial>.log`. */
  readonly logs: string;
  readonly tell: (event: TrialEvent) => void;
  readonly now: () => Date;
  readonly signal?: AbortSignal | undefined;
}

/** What a preflight tells as it goes. */
export type TrialEvent =
  | { readonly event: 'trial-started'; readonly name: string; readonly title: string }
  | ({ readonly event: 'trial-ended' } & TrialResult);

/** Errors that say something about the release that is tried, not about the host. */
const ABOUT_THE_RELEASE: ReadonlySet<ErrorCode> = new Set(['guest-silent', 'guest-stopped', 'guest-command-failed']);

/** A report holds no more of a reason; the log has the rest. */
const MAX_REASON_CHARACTERS = 2_000;

/**
 * Tries a release: makes every trial, as many at once as `jobs` says, and reports all results. A failing trial does not stop the others.
 *
 * @throws AshlarError for what says nothing about the release: QEMU is missing, the disk is full, the work was aborted.
 */
export async function runPreflight(options: PreflightOptions): Promise<PreflightReport> {
  const { release, previous, trials, jobs, now } = options;
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const stagesFor = makeStages({ ...options, folder: options.scratch, signal });
  const results: TrialResult[] = [];
  const waiting = [...trials.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, trial] = next;
      results[index] = await makeTrial(trial, index, stagesFor, { ...options, signal });
    }
  };
  const workers = Array.from({ length: Math.max(1, jobs) }, () =>
    work().catch((error: unknown) => {
      // No machine is left running: the others end too, and the first reason is the one that counts.
      stop.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(workers);
  signal.throwIfAborted();
  const { name, version } = release.manifest;
  return {
    release: { name, version, manifest: release.digest },
    ...(previous === undefined ? {} : { previous: { version: previous.manifest.version, manifest: previous.digest } }),
    finished: Math.floor(now().getTime() / 1000),
    trials: results,
  };
}

async function makeTrial(
  trial: Trial,
  index: number,
  stagesFor: StagesFor,
  options: PreflightOptions,
): Promise<TrialResult> {
  const { name, title } = trial;
  const { release, previous, repository, scratch, logs, seed, tell, signal } = options;
  const folder = join(scratch, name);
  const log = join(folder, 'serial.log');
  const rested = new Set<string>();
  const bench = {
    release,
    previous,
    repository: repository?.image,
    stages: stagesFor((each) => rested.add(each)),
    folder,
    log,
    random: randomFrom(seed + index),
    signal,
  };
  const ended = (result: TrialResult): TrialResult => {
    tell({ event: 'trial-ended', ...result });
    return result;
  };
  const obstacle = trial.obstacle(bench);
  if (obstacle !== undefined) return ended({ name, outcome: 'not-applicable', reason: obstacle, seconds: 0 });
  mkdirSync(folder, { recursive: true });
  tell({ event: 'trial-started', name, title });
  const started = performance.now();
  const finish = (outcome: TrialResult['outcome'], reason: string): TrialResult => {
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    return ended({
      name,
      outcome,
      reason: reason.slice(0, MAX_REASON_CHARACTERS),
      seconds,
      ...keepLog([...rested, log], join(logs, `${name}.log`)),
    });
  };
  try {
    return finish('passed', await trial.run(bench));
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof TrialFailure) return finish('failed', error.message);
    if (error instanceof AshlarError && ABOUT_THE_RELEASE.has(error.code)) return finish('failed', error.message);
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Puts what a trial's machines said into one file, in their order. */
function keepLog(files: readonly string[], out: string): Pick<TrialResult, 'log'> {
  const content = Buffer.concat(files.filter((file) => existsSync(file)).map((file) => readFileSync(file)));
  writeFileSync(out, content);
  return { log: { sha256: sha256(content), size: content.length } };
}
