import type { DeviceReport } from '../../model/device-report.ts';
import type { Consideration } from '../choice/choose-release.ts';
import type { DeviceState, Moment, Objection } from '../device-state.ts';
import { type DiskView, type HeldGeneration, heldGenerations } from '../disk-view.ts';
import { type Generation, isSameGeneration } from '../generation.ts';
import type { HealthVerdict } from '../health/judge-health.ts';
import type { JournalEntry } from '../journal.ts';
import { historyOf } from './history.ts';
import { summarise, whatNext } from './summarise.ts';

/** As many items of history as a person reads. */
const HISTORY_ITEMS = 20;

/** What a report is made of besides the state. */
export interface ReportInput {
  readonly at: Moment;
  readonly bootId: string;
  readonly state: DeviceState;
  /** Undefined when the disk cannot be read. */
  readonly view: DiskView | undefined;
  readonly verified: DeviceReport['verified'];
  readonly entries: readonly JournalEntry[];
  readonly considered: readonly Consideration[];
  readonly progress?: DeviceReport['progress'];
  readonly updates?:
    | {
        readonly repositories: readonly string[];
        readonly channel: string;
        readonly nextCheck?: Moment | undefined;
        readonly metadataExpires?: Moment | undefined;
      }
    | undefined;
  /** Of a probation, with the moment when the machine was started, which its times count from. */
  readonly health?: { readonly verdict: HealthVerdict; readonly startedAt: Moment } | undefined;
  readonly warnings: readonly Objection[];
}

/** What the device tells of itself. */
export function deviceReport(input: ReportInput): DeviceReport {
  const { at, bootId, state, view, verified, entries, considered, progress, updates } = input;
  const { phase, running, wayBack, pin, quarantine, lastFailure, checks } = state;
  return {
    format: 'ashlar-device-report/1',
    at: iso(at),
    bootId,
    summary: summarise(state),
    running: plain(running),
    verified,
    phase: phase.kind,
    since: iso(phase.since),
    generations: view === undefined ? [] : heldGenerations(view).map((held) => reported(held, state, view)),
    ...optional('wayBack', wayBack && plain(wayBack)),
    ...optional('target', 'target' in phase ? plain(phase.target) : undefined),
    ...optional('progress', progress),
    waiting: waiting(state),
    next: whatNext(state, updates?.nextCheck),
    ...optional(
      'updates',
      updates && {
        repositories: [...updates.repositories],
        channel: updates.channel,
        ...optional('lastAnswer', checks.succeeded === undefined ? undefined : iso(checks.succeeded)),
        ...optional('nextCheck', updates.nextCheck === undefined ? undefined : iso(updates.nextCheck)),
        ...optional('problem', checks.problem),
        ...optional(
          'metadataExpires',
          updates.metadataExpires === undefined ? undefined : iso(updates.metadataExpires),
        ),
      },
    ),
    considered: considered.map((consideration) => ({ ...consideration })),
    ...optional('pin', pin && { version: pin.version, since: iso(pin.since), ...optional('reason', pin.reason) }),
    quarantine: quarantine.map(({ generation, cause, since }) => ({
      generation: plain(generation),
      cause: { ...cause, details: [...cause.details] },
      since: iso(since),
    })),
    ...optional(
      'lastFailure',
      lastFailure && {
        generation: plain(lastFailure.generation),
        cause: { ...lastFailure.cause, details: [...lastFailure.cause.details] },
        at: iso(lastFailure.at),
        ...optional('report', lastFailure.report),
      },
    ),
    ...optional('health', healthOf(input)),
    history: historyOf(entries).slice(-HISTORY_ITEMS).reverse(),
    warnings: input.warnings.map((warning) => ({ ...warning })),
  };
}

function reported(held: HeldGeneration, state: DeviceState, view: DiskView): DeviceReport['generations'][number] {
  const { entry, slot } = held;
  const next = view.entries.find(({ file }) => file === view.next);
  return {
    ...plain(held),
    slot,
    standing: standingOf(held, state),
    running: isSameGeneration(held, state.running),
    next: next?.rootHash === held.rootHash,
    ...optional('triesLeft', entry.kind === 'counted' ? entry.left : entry.kind === 'bad' ? 0 : undefined),
  };
}

/** What a generation that a slot holds is to the device. */
export function standingOf(
  held: HeldGeneration,
  { phase, proven, wayBack, quarantine }: DeviceState,
): DeviceReport['generations'][number]['standing'] {
  const is = (one: Generation | undefined): boolean => one !== undefined && isSameGeneration(one, held);
  if ('target' in phase && is(phase.target)) {
    if (phase.kind === 'armed' || phase.kind === 'restarting') return 'armed';
    if (phase.kind === 'probation' || phase.kind === 'blessing') return 'probation';
    return phase.kind === 'staged' ? 'staged' : 'unfinished';
  }
  if (is(proven) || is(wayBack)) return 'proven';
  const found = quarantine.find(({ generation }) => is(generation));
  if (found !== undefined) return found.cause.kind === 'operator' ? 'set-aside' : 'failed';
  return held.entry.kind === 'bad' ? 'failed' : 'unfinished';
}

/** Why what is next has not been done yet. */
function waiting({ phase }: DeviceState): Objection[] {
  switch (phase.kind) {
    case 'armed':
      return [...phase.waiting];
    case 'refused':
      return [...phase.objections];
    case 'downloading':
    case 'staged':
    case 'blessing':
    case 'rolling-back':
      return phase.problem === undefined ? [] : [phase.problem];
    default:
      return [];
  }
}

function healthOf({ health }: ReportInput): DeviceReport['health'] {
  if (health?.verdict.kind !== 'pending') return undefined;
  const { holding, of, provenAt, waitingFor } = health.verdict;
  const when = provenAt === undefined ? undefined : iso(health.startedAt + provenAt);
  return { holding, of, ...optional('provenAt', when), waitingFor: [...waitingFor] };
}

function plain({ name, version, rootHash }: Generation): DeviceReport['running'] {
  return { name, version, rootHash };
}

function iso(moment: Moment): string {
  return new Date(moment).toISOString();
}

/** The property, or none at all when there is no value: JSON has no undefined. */
function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]: Value });
}
