import { existsSync } from 'node:fs';
import { uptime } from 'node:os';
import type { Consideration } from '../../engine/choice/choose-release.ts';
import type { Moment, Objection } from '../../engine/device-state.ts';
import type { DiskView } from '../../engine/disk-view.ts';
import type { HealthVerdict } from '../../engine/health/judge-health.ts';
import { reconcile } from '../../engine/reconcile.ts';
import { deviceReport } from '../../engine/report/device-report.ts';
import { unmeantNext } from '../../engine/report/meant-next.ts';
import { accepts } from '../../engine/transition/transition.ts';
import type { DeviceReport } from '../../model/device-report.ts';
import type { Device } from '../device/device.ts';
import type { WorkProgress } from '../device/work-progress.ts';
import { createHands } from '../effects/hands.ts';
import { objectionOf } from '../effects/objection-of.ts';
import { recoveryFacts } from '../effects/recovery-facts.ts';
import { gatherEvidence } from '../evidence/gather-evidence.ts';
import { openJournalFile, readJournal } from '../journal/journal-file.ts';
import { inspectDisk } from '../slots/inspect-disk.ts';
import { recoverDisk } from '../slots/recover-disk.ts';
import { bootChain } from '../system/boot-chain.ts';
import { scheduleChecks } from './check-schedule.ts';
import { type Conductor, createConductor } from './conductor.ts';
import { Wishes } from './wishes.ts';

/** A device that is being looked after, from the start of the agent to its end. */
export interface DeviceSession {
  readonly device: Device;
  readonly conductor: Conductor;
  readonly wishes: Wishes;
  readonly progress: () => WorkProgress | undefined;
  report(): Promise<DeviceReport>;
  stop(): Promise<void>;
}

/** Events that end a check. */
const CHECK_ENDS: ReadonlySet<string> = new Set([
  'check-failed',
  'nothing-newer',
  'target-chosen',
  'target-refused',
  'target-withdrawn',
]);

/**
 * Finds out where the device is, finishes or cleans up what was interrupted, and goes on from there: the disk is made sound, the journal read, the start
 * before this one explained. Throws what stands in the way, in which case nothing was changed that matters.
 */
export async function startSession(device: Device, progress: () => WorkProgress | undefined): Promise<DeviceSession> {
  const { paths, config, now, bootId, log } = device;
  const journal = openJournalFile(paths.journal);
  const evidence = gatherEvidence(paths, journal.last?.bootId);
  const view = await device.withDisk(async (disk) => {
    for (const done of await recoverDisk(disk, recoveryFacts(journal.last?.state, config.tries))) log(done);
    return inspectDisk(disk);
  });
  const start = reconcile(journal.last, view, { at: now(), bootId, running: device.running, evidence });

  const wishes = new Wishes();
  const seen: Seen = { considered: [], verdict: undefined, metadataExpires: undefined };
  const hands = createHands({
    device,
    state: () => conductor.state,
    evidence,
    wish: {
      isUrgent: () => wishes.urgent,
      wait: (milliseconds, signal) => wishes.wait(milliseconds, signal),
      intent: () => wishes.intent,
      allowExpired: () => wishes.allowExpired,
    },
    onAnswer: ({ choice, channel }) => {
      seen.considered = choice.considered;
      seen.metadataExpires = channel.expires.getTime();
      for (const { file, expires } of channel.expired) {
        log(`${file} expired at ${expires.toISOString()} and was let pass: ${wishes.allowExpired}`);
      }
    },
    onVerdict: (verdict) => {
      seen.verdict = verdict;
    },
  });
  const conductor = createConductor({ start, bootId, append: (line) => journal.append(line), hands, now, log });
  const schedule = scheduleChecks(
    device,
    () => conductor.state,
    () => {
      wishes.leaveToSchedule(conductor.state);
      if (accepts(conductor.state, 'check-started')) {
        conductor.send({ kind: 'check-started', by: 'schedule' }).catch((error: Error) => log(error.message));
      }
    },
  );
  wishes.follow(conductor.state);
  conductor.onEvent(({ kind }, state) => {
    wishes.follow(state);
    if (CHECK_ENDS.has(kind)) schedule.checked(hands.retryAfter());
  });
  await conductor.start();

  return {
    device,
    conductor,
    wishes,
    progress,
    report: () => makeReport(device, conductor, seen, progress(), schedule.next()),
    async stop() {
      schedule.stop();
      await conductor.stop();
      journal.close();
    },
  };
}

/** What was found on the way, for reports. */
interface Seen {
  considered: readonly Consideration[];
  verdict: HealthVerdict | undefined;
  metadataExpires: Moment | undefined;
}

async function makeReport(
  device: Device,
  { state }: Conductor,
  { considered, verdict, metadataExpires }: Seen,
  progress: WorkProgress | undefined,
  nextCheck: Moment | undefined,
): Promise<DeviceReport> {
  const { paths, config, bootId, now } = device;
  const warnings: Objection[] = [];
  const view = await device.withDisk(inspectDisk).catch((error: unknown): DiskView | undefined => {
    warnings.push(objectionOf(error));
    return undefined;
  });
  const at = now();
  if (existsSync(paths.deadlinePassed)) {
    warnings.push({ code: 'deadline-passed', message: 'the deadline of the probation has passed' });
  }
  const unmeant = view && unmeantNext(state, view);
  if (unmeant !== undefined) warnings.push(unmeant);
  const { repositories, channel } = config;
  return deviceReport({
    at,
    bootId,
    state,
    view,
    verified: { root: true, bootChain: bootChain(paths.efiVariables) },
    entries: readJournal(paths.journal).entries,
    considered,
    ...(progress === undefined ? {} : { progress }),
    ...(repositories.length === 0 ? {} : { updates: { repositories, channel, nextCheck, metadataExpires } }),
    ...(verdict === undefined || state.phase.kind !== 'probation'
      ? {}
      : { health: { verdict, startedAt: at - uptime() * 1000 } }),
    warnings,
  });
}
