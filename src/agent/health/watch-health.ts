import { setTimeout } from 'node:timers/promises';
import type { HealthRules } from '../../engine/health/health-rules.ts';
import { beginHealth, seeSample } from '../../engine/health/health-watch.ts';
import { type HealthVerdict, judgeHealth } from '../../engine/health/judge-health.ts';
import type { UpdateConfig } from '../../model/update-config.ts';
import type { RunOnDevice } from '../system/run-on-device.ts';
import { makeProbe } from './make-probe.ts';
import type { HealthChecks } from './recorded-checks.ts';

export interface WatchHealthOptions {
  readonly checks: HealthChecks;
  readonly probation: UpdateConfig['probation'];
  readonly run: RunOnDevice;
  /** Milliseconds since the machine was started. */
  readonly uptime: () => number;
  readonly signal: AbortSignal;
  /** Called with every verdict, the last one included. */
  readonly onVerdict: (verdict: HealthVerdict) => void;
}

/** The verdict is looked at so often although nothing was tried, so that windows and deadlines end on time. */
const LOOK_MILLISECONDS = 1000;

/** Tries all checks, each at its own pace, until health is judged. Undefined when it was stopped before. */
export async function watchHealth(
  options: WatchHealthOptions,
): Promise<Exclude<HealthVerdict, { kind: 'pending' }> | undefined> {
  const { checks, probation, run, uptime, signal, onVerdict } = options;
  const judged = new AbortController();
  const stop = AbortSignal.any([signal, judged.signal]);
  let watch = beginHealth(healthRules(checks, probation));
  const tries = Object.entries(checks).map(async ([name, check]) => {
    const probe = makeProbe(check, run);
    while (!stop.aborted) {
      const result = await probe(stop);
      if (stop.aborted) return;
      watch = seeSample(watch, { check: name, at: uptime(), ...result });
      await pause(check.interval, stop);
    }
  });
  try {
    while (!stop.aborted) {
      const verdict = judgeHealth(watch, uptime());
      onVerdict(verdict);
      if (verdict.kind !== 'pending') return verdict;
      await pause(LOOK_MILLISECONDS, stop);
    }
    return undefined;
  } finally {
    judged.abort();
    await Promise.all(tries);
  }
}

function healthRules(
  checks: HealthChecks,
  { graceSeconds, durationSeconds, deadlineSeconds }: UpdateConfig['probation'],
): HealthRules {
  return {
    grace: graceSeconds * 1000,
    duration: durationSeconds * 1000,
    deadline: deadlineSeconds * 1000,
    checks: Object.fromEntries(
      Object.entries(checks).map(([name, { successes, interval, timeout }]) => [
        name,
        { successes, interval, timeout },
      ]),
    ),
  };
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal }).catch(() => {});
}
