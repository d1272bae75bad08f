import type { DeviceState, Phase, PhaseOf } from '../device-state.ts';
import type { Effect } from '../effect.ts';
import { failureCause } from '../failure-cause.ts';
import { type Generation, isSameGeneration } from '../generation.ts';
import { blessed } from './blessed.ts';
import type { BootedEvent } from './booted-event.ts';
import { entryOf } from './entry-of.ts';
import { letGo, startGoingBack } from './go-back.ts';
import { resume } from './resume.ts';
import { rolledBack } from './rolled-back.ts';
import type { Transition } from './rule.ts';
import { upAndProven } from './up-and-proven.ts';

type InFlight = PhaseOf<'staged' | 'armed' | 'restarting' | 'probation' | 'blessing'>;

/** The target came up: its probation begins, or begins again. */
export function bootedTarget(state: DeviceState, phase: InFlight, event: BootedEvent): Transition {
  const { verdict, at } = event;
  const { target, slot, round } = phase;
  const entry = entryOf(event.held, target);
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
export function fellBack(state: DeviceState, phase: InFlight, event: BootedEvent): Transition {
  const { verdict, at } = event;
  const { target, slot, round } = phase;
  const effects = upAndProven(state, event);
  if (phase.kind === 'staged' && phase.intent === 'hold') return resume(state, effects);
  const holds = event.held.some((one) => isSameGeneration(one, target));
  // The partition table no longer names it (a copy was repaired from an older one): the next check installs it again.
  if (!holds) {
    return { state: { ...state, phase: { kind: 'proven', since: at } }, effects: [...effects, ...letGo(target)] };
  }
  const entry = entryOf(event.held, target);
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
    case 'proven': {
      // Its turn has not come: somebody chose the other entry. When that happens after the agent's own restarts, it would go on for ever.
      const ignored = phase.kind === 'restarting';
      if (ignored && round === 2) {
        const summary = 'the boot loader was to start it, and started the older one twice';
        return rolledBack(state, target, failureCause('inconclusive', summary), event);
      }
      const next: Phase = { kind: 'armed', since: at, target, slot, round: ignored ? 2 : round, waiting: [] };
      return resume({ ...state, phase: next }, effects);
    }
  }
}

/** True when evidence speaks against `target`: by name, or by nothing else having been started since. */
function blames(rootHash: string | undefined, target: Generation, startedBefore: boolean): boolean {
  return rootHash === undefined ? startedBefore : rootHash === target.rootHash;
}
