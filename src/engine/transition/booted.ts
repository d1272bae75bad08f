import { compareVersions } from '../../formats/version-order.ts';
import type { DeviceState, Downloading, Phase, PhaseOf, RollingBack } from '../device-state.ts';
import type { EntryStanding } from '../disk-view.ts';
import type { Effect } from '../effect.ts';
import type { EventOf } from '../event.ts';
import type { BootVerdict } from '../explain-boot.ts';
import { type FailureCause, failureCause } from '../failure-cause.ts';
import { type Generation, generationText, isSameGeneration } from '../generation.ts';
import { blessed } from './blessed.ts';
import { letGo, quarantined, startGoingBack } from './go-back.ts';
import { resume, unkeptEvidence } from './resume.ts';
import type { Transition } from './rule.ts';
import { strayEntries } from './stray-entries.ts';

type Booted = EventOf<'booted'> & { readonly at: number };
type InFlight = PhaseOf<'staged' | 'armed' | 'restarting' | 'probation' | 'blessing'>;

/** A generation that came up so often after it had been left is what this machine starts, whatever its entry says. */
const MAX_RETURNS = 3;

/**
 * The machine has started. From what runs, how the start before ended and how the entries stand it follows where the device is,
 * whatever happened in between: a power cut, a fallback of the loader's or the initrd's, a choice by hand.
 */
export function booted(before: DeviceState, event: Booted): Transition {
  const unkept = unkeptEvidence(before);
  // Evidence that was not cleared away cannot be told from new evidence: it is not held against anybody a second time.
  const verdict: BootVerdict =
    unkept.length > 0 && event.verdict.kind === 'failed' ? { kind: 'inconclusive' } : event.verdict;
  const { state, effects } = startedAgain(before, { ...event, verdict });
  const strays = strayEntries(state, event.held);
  const { kind } = state.phase;
  if (kind === 'rolled-back' || kind === 'rolling-back') return { state, effects: [...strays, ...effects] };
  if (verdict.kind !== 'failed') return { state, effects: [...strays, ...unkept, ...effects] };
  // It speaks against nobody who is on trial, but it is told of, kept, and cleared: or the next start would be blamed for it.
  const { cause, rootHash } = verdict;
  const { name, version, rootHash: hash } = event.held.find((one) => one.rootHash === rootHash) ?? state.proven;
  const told = { ...state, lastFailure: { generation: { name, version, rootHash: hash }, cause, at: event.at } };
  return { state: told, effects: [...strays, ...unkeptEvidence(told), ...effects] };
}

function startedAgain(before: DeviceState, event: Booted): Transition {
  const state = settle(before, event);
  const knownGood = isKnownGood(before, event);
  const { phase, running, proven } = state;
  switch (phase.kind) {
    case 'checking':
      return startedAgain({ ...before, phase: phase.behind }, event);
    case 'proven':
    case 'refused':
    case 'downloading':
      return isSameGeneration(running, proven)
        ? bootedAtRest({ ...state, phase }, event)
        : bootedElsewhere(state, event, knownGood);
    case 'staged':
    case 'armed':
    case 'restarting':
    case 'probation':
    case 'blessing':
      if (isSameGeneration(running, phase.target)) return bootedTarget(state, phase, event);
      if (isSameGeneration(running, proven)) return fellBack(state, phase, event);
      return bootedElsewhere(state, event, knownGood, letGo(phase.target));
    case 'rolling-back':
      return isSameGeneration(running, phase.from) ? cameUpAgain(state, phase, event) : wentBack(state, phase, event);
    case 'rolled-back':
      if (isSameGeneration(running, proven)) return resume(state, upAndProven(state, event));
      return bootedElsewhere(state, event, knownGood);
  }
}

/** What runs now, and what the disk still holds of the rest. */
function settle(state: DeviceState, { running, held }: Booted): DeviceState {
  const proven = held.find((generation) => isSameGeneration(generation, state.proven));
  const settled = { ...state, running, proven: { ...state.proven, slot: proven?.slot ?? state.proven.slot } };
  return { ...settled, wayBack: findWayBack(settled, { held }) };
}

/**
 * What the loader would start if the running generation were not: the newest older one whose entry has no counter. Without one it is
 * the remembered way back, as long as any entry starts it.
 */
function findWayBack(state: DeviceState, { held }: Pick<Booted, 'held'>): DeviceState['wayBack'] {
  const { phase } = state;
  const inQuestion = 'target' in phase ? [phase.target] : phase.kind === 'rolled-back' ? [phase.failed] : [];
  const others = held.filter(
    (generation) =>
      ![state.running, state.proven, ...inQuestion].some((one) => isSameGeneration(one, generation)) &&
      !isQuarantined(state, generation),
  );
  const { wayBack } = state;
  const [newest] = others
    .filter(({ entry, version }) => entry.kind === 'proven' && compareVersions(version, state.running.version) < 0)
    .toSorted((a, b) => compareVersions(b.version, a.version));
  const found =
    newest ?? (wayBack && others.find((one) => isSameGeneration(one, wayBack) && one.entry.kind !== 'none'));
  if (found === undefined) return undefined;
  const { name, version, rootHash, slot } = found;
  return { name, version, rootHash, slot };
}

/** The proven generation runs and no other was to be started. Work that was interrupted goes on where nothing is taken on trust. */
function bootedAtRest(
  state: DeviceState & { readonly phase: PhaseOf<'proven' | 'refused' | 'downloading'> },
  event: Booted,
): Transition {
  const { phase } = state;
  const next = phase.kind === 'downloading' ? { ...state, phase: fromSafeStep(phase) } : state;
  return resume(next, upAndProven(state, event));
}

/** What was written before the start may have been lost with the power: files are looked at again, a whole slot is read back again. */
function fromSafeStep(phase: Downloading): Downloading {
  const step = phase.step === 'read-back' || phase.step === 'commit' ? 'read-back' : 'fetch';
  return { ...phase, step, failures: 0, problem: undefined };
}

/** The target came up: its probation begins, or begins again. */
function bootedTarget(state: DeviceState, phase: InFlight, event: Booted): Transition {
  const { verdict, at } = event;
  const { target, slot, round } = phase;
  const entry = entryOf(event, target);
  const start = phase.kind === 'probation' ? phase.start + 1 : Math.max(1, entry.kind === 'counted' ? entry.done : 1);
  const startedBefore = start > 1 || phase.kind === 'blessing';
  if (verdict.kind === 'failed' && blames(verdict.rootHash, target, startedBefore)) {
    return startGoingBack(state, { from: state.running, to: state.proven, cause: verdict.cause, at });
  }
  const back: Effect[] =
    verdict.kind === 'clean' && startedBefore ? [{ kind: 'give-try-back', generation: target }] : [];
  if (phase.kind !== 'blessing') {
    return resume({ ...state, phase: { kind: 'probation', since: at, target, slot, round, start } }, back);
  }
  return entry.kind === 'proven' ? blessed(state, at) : resume({ ...state, phase }, back);
}

/** The proven generation came up although the target was to be started. */
function fellBack(state: DeviceState, phase: InFlight, event: Booted): Transition {
  const { verdict, at } = event;
  const { target, slot, round } = phase;
  const effects = upAndProven(state, event);
  if (phase.kind === 'staged' && phase.intent === 'hold') return resume(state, effects);
  const holds = event.held.some((one) => isSameGeneration(one, target));
  // The partition table no longer names it (a copy was repaired from an older one): the next check installs it again.
  if (!holds)
    return { state: { ...state, phase: { kind: 'proven', since: at } }, effects: [...effects, ...letGo(target)] };
  const entry = entryOf(event, target);
  const started =
    phase.kind === 'probation' ||
    phase.kind === 'blessing' ||
    entry.kind === 'bad' ||
    (entry.kind === 'counted' && entry.done > 0);
  if (verdict.kind === 'failed' && blames(verdict.rootHash, target, started)) {
    return rolledBack(state, target, verdict.cause, event);
  }
  switch (entry.kind) {
    case 'none': {
      // The entry itself was lost with the power. What is in the slot was read back, so the entry alone is made again.
      const staged: Phase = { kind: 'staged', since: at, target, slot, intent: 'arm', round, failures: 0 };
      return resume({ ...state, phase: staged }, effects);
    }
    case 'bad': {
      // While it was only staged, this round of tries had not begun: the entry is the last round's, or another time's.
      if (phase.kind === 'staged') return resume(state, effects);
      if (round === 2) {
        const summary = 'it did not come up in two rounds of tries, and nothing says why';
        return rolledBack(state, target, failureCause('inconclusive', summary), event);
      }
      const again: Phase = { kind: 'staged', since: at, target, slot, intent: 'arm', round: 2, failures: 0 };
      return resume({ ...state, phase: again }, effects);
    }
    case 'counted':
    case 'proven':
      return resume({ ...state, phase: { kind: 'armed', since: at, target, slot, round, waiting: [] } }, effects);
  }
}

/** The generation to go back to runs. */
function wentBack(state: DeviceState, { from, cause }: RollingBack, event: Booted): Transition {
  return rolledBack({ ...state, proven: state.running }, from, cause, event);
}

/** `failed` does not run any more and must not again; what runs is proven. */
function rolledBack(
  state: DeviceState,
  failed: Generation,
  cause: FailureCause,
  event: Booted,
  before: readonly Effect[] = [],
): Transition {
  const { name, version, rootHash } = failed;
  const phase: Phase = { kind: 'rolled-back', since: event.at, failed: { name, version, rootHash }, cause };
  const aside = quarantined({ ...state, phase }, failed, cause, event.at);
  // What rotted is not quarantined, but it is no way back either.
  const wayBack = aside.wayBack !== undefined && isSameGeneration(aside.wayBack, failed) ? undefined : aside.wayBack;
  return resume({ ...aside, wayBack }, [...before, ...upAndProven(aside, event)]);
}

/** The failed generation came up although it was left. Without another that starts it is kept: a machine that runs is better than none. */
function cameUpAgain(state: DeviceState, phase: RollingBack, event: Booted): Transition {
  const { from, to, cause } = phase;
  // While it was not marked yet it simply started again. A mark that is lost is made again, but not for ever.
  const returns = phase.returns + Number(phase.step === 'restart');
  const isMarked = phase.step === 'restart' && entryOf(event, from).kind === 'bad';
  if (!isMarked && returns < MAX_RETURNS) {
    return resume({ ...state, phase: { ...phase, step: 'mark-bad', returns, failures: 0, problem: undefined } });
  }
  const words = `${generationText(to)} does not start any more, so ${generationText(from)} stays although ${cause.summary}`;
  const stays = { ...state, proven: state.running, wayBack: undefined };
  const { name, version, rootHash } = to;
  const rotten = failureCause('rotten', words, cause.details);
  const next: Phase = { kind: 'rolled-back', since: event.at, failed: { name, version, rootHash }, cause: rotten };
  return resume({ ...quarantined({ ...stays, phase: next }, to, rotten, event.at) }, [
    { kind: 'repair-entry', generation: from, standing: 'proven' },
    { kind: 'clear-start-count' },
  ]);
}

/** Neither the proven generation runs nor one that was to be started. */
function bootedElsewhere(
  state: DeviceState,
  event: Booted,
  knownGood: boolean,
  before: readonly Effect[] = [],
): Transition {
  const { running, proven } = state;
  const { verdict, at } = event;
  const quarantine = state.quarantine.find(({ generation }) => isSameGeneration(generation, running));
  if (quarantine !== undefined)
    return startGoingBack(state, { from: running, to: proven, cause: quarantine.cause, at }, before);
  if (!knownGood) {
    // Nobody knows it: it has to prove itself like any other.
    const { slot, ...target } = running;
    return resume({ ...state, phase: { kind: 'probation', since: at, target, slot, round: 1, start: 1 } }, before);
  }
  const cause =
    verdict.kind === 'clean'
      ? failureCause('operator', `${generationText(running)} was started by hand instead`)
      : failureCause('rotten', rottenWords(proven, verdict), verdict.kind === 'failed' ? verdict.cause.details : []);
  return rolledBack({ ...state, proven: running, wayBack: undefined }, proven, cause, event, before);
}

function rottenWords(proven: Generation, verdict: Booted['verdict']): string {
  const why = verdict.kind === 'failed' ? verdict.cause.summary : 'nothing says why';
  return `${generationText(proven)} was proven and no longer starts: ${why}`;
}

/** True when what runs has proved itself before: it is remembered, or its entry has no counter and nothing speaks against it. */
function isKnownGood(before: DeviceState, { running, held }: Booted): boolean {
  const remembered = [before.wayBack, before.proven].some((one) => one !== undefined && isSameGeneration(one, running));
  return remembered || entryOf({ held }, running).kind === 'proven';
}

/** What is due on every start of the proven generation: its entry without a counter, the initrd's count at zero. */
function upAndProven({ running }: DeviceState, event: Booted): Effect[] {
  const { kind } = entryOf(event, running);
  const repair: Effect[] =
    kind === 'counted' || kind === 'bad' ? [{ kind: 'repair-entry', generation: running, standing: 'proven' }] : [];
  return [...repair, { kind: 'clear-start-count' }];
}

/** True when evidence speaks against `target`: by name, or by nothing else having been started since. */
function blames(rootHash: string | undefined, target: Generation, startedBefore: boolean): boolean {
  return rootHash === undefined ? startedBefore : rootHash === target.rootHash;
}

function isQuarantined(state: DeviceState, generation: Generation): boolean {
  return state.quarantine.some((entry) => isSameGeneration(entry.generation, generation));
}

function entryOf({ held }: Pick<Booted, 'held'>, generation: Generation): EntryStanding {
  return held.find((one) => isSameGeneration(one, generation))?.entry ?? { kind: 'none' };
}
