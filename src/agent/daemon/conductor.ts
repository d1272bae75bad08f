import type { DeviceState } from '../../engine/device-state.ts';
import type { Effect, EffectKind } from '../../engine/effect.ts';
import type { Event } from '../../engine/event.ts';
import { isWorthKeeping, journalLine } from '../../engine/journal.ts';
import type { Reconciliation } from '../../engine/reconcile.ts';
import { accepts, transition } from '../../engine/transition/transition.ts';
import { AshlarError } from '../../model/error.ts';
import type { EventBody } from './event-body.ts';

/** What carries out effects. */
export interface Hands {
  /**
   * Does `effect` and answers with what came of it, when it is one that is answered; `tell` is for what happens on the way. Stops soon
   * after `signal` is aborted, and then its answer does not matter.
   */
  perform(effect: Effect, signal: AbortSignal, tell: (event: EventBody) => void): Promise<EventBody | undefined>;
}

export interface ConductorOptions {
  /** Where the device is: what `reconcile` found. */
  readonly start: Reconciliation;
  readonly bootId: string;
  /** Writes a line of the journal; it is on the disk when this returns. */
  readonly append: (line: string) => void;
  readonly hands: Hands;
  /** Milliseconds since 1970, as the device believes. */
  readonly now: () => number;
  /** One line for the log. */
  readonly log: (line: string) => void;
}

/** Leads the device from event to event: engine, journal, hands, in this order. */
export interface Conductor {
  readonly state: DeviceState;
  /** Since when it has been at one event (`performance.now()`); undefined while it waits for the next. */
  readonly busySince: number | undefined;
  /** Begins: the event of the start is journaled, and its effects are done. */
  start(): Promise<void>;
  /**
   * Lets something happen. Returns when the journal has it and its effects are done or, those that take long, begun. Throws what the engine throws
   * when it may not happen now.
   */
  send(event: EventBody): Promise<void>;
  /** Calls `listener` after every event; returns what ends that. */
  onEvent(listener: (event: Event, state: DeviceState) => void): () => void;
  /** Stops what is being done. Nothing is answered any more. */
  stop(): Promise<void>;
}

/** Things that may go on side by side. One that begins ends the one before it in its lane. */
type Lane = 'work' | 'health' | 'restart' | 'evidence';

/** Effects that take long, and their lane; the others are done before the next event is heard. */
const LANES: Partial<Record<EffectKind, Lane>> = {
  check: 'work',
  fetch: 'work',
  retire: 'work',
  write: 'work',
  'read-back': 'work',
  commit: 'work',
  'install-entry': 'work',
  bless: 'work',
  'mark-bad': 'work',
  restart: 'work',
  'schedule-retry': 'work',
  'judge-health': 'health',
  'seek-restart': 'restart',
  'keep-evidence': 'evidence',
};

/** When an answer could not be journaled (a full disk), how long until it is tried again. */
const RETRY_MILLISECONDS = 30_000;

/** See {@link Conductor}. */
export function createConductor({ start, bootId, append, hands, now, log }: ConductorOptions): Conductor {
  let { state } = start;
  let queue: Promise<unknown> = Promise.resolve();
  let stopped = false;
  let busySince: number | undefined;
  const listeners = new Set<(event: Event, state: DeviceState) => void>();
  const lanes = new Map<Lane, { readonly abort: AbortController; readonly done: Promise<void> }>();

  const halt = async (lane: Lane): Promise<void> => {
    const running = lanes.get(lane);
    lanes.delete(lane);
    running?.abort.abort();
    await running?.done;
  };

  const perform = async (effect: Effect, signal: AbortSignal): Promise<EventBody | undefined> => {
    try {
      return await hands.perform(effect, signal, (event) => answer(event, signal));
    } catch (error) {
      // Hands answer with what failed; what comes here is a defect, and must not end the agent.
      if (!signal.aborted) log(`${effect.kind}: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
      return undefined;
    }
  };

  const begin = async (lane: Lane, effect: Effect): Promise<void> => {
    await halt(lane);
    if (stopped) return;
    const abort = new AbortController();
    // It keeps its lane when it has ended: until its answer is heard, what ends the work must end the answer as well.
    const done = perform(effect, abort.signal).then((event) => {
      if (event !== undefined) answer(event, abort.signal);
    });
    lanes.set(lane, { abort, done });
  };

  /** Not awaited by who answers: the queue may be waiting for that very lane to end. */
  const answer = (event: EventBody, signal: AbortSignal): void => {
    if (signal.aborted || stopped) return;
    queue = queue.then(async () => {
      if (signal.aborted || stopped || !accepts(state, event.kind)) return;
      try {
        await happen({ ...event, at: now() });
      } catch (error) {
        log(`${event.kind}: ${(error as Error).message}`);
        if (!(error instanceof AshlarError)) setTimeout(() => answer(event, signal), RETRY_MILLISECONDS).unref();
      }
    });
  };

  const apply = async (event: Event, then: Pick<Reconciliation, 'state' | 'effects'>) => {
    busySince = performance.now();
    try {
      await doAll(event, then);
    } finally {
      busySince = undefined;
    }
  };

  const doAll = async (event: Event, { state: next, effects }: Pick<Reconciliation, 'state' | 'effects'>) => {
    if (isWorthKeeping(event)) append(journalLine(event, next, bootId));
    if (next.phase.kind !== state.phase.kind) log(`${event.kind}: ${state.phase.kind} → ${next.phase.kind}`);
    state = next;
    for (const listener of listeners) listener(event, state);
    if (state.phase.kind !== 'armed') await halt('restart');
    if (state.phase.kind !== 'probation') await halt('health');
    for (const effect of effects) {
      const lane = LANES[effect.kind];
      if (lane !== undefined) await begin(lane, effect);
      else if (effect.kind === 'stop-work') await halt('work');
      else if (effect.kind === 'stop-judging') await halt('health');
      else {
        const signal = new AbortController().signal;
        const event = await perform(effect, signal);
        if (event !== undefined) answer(event, signal);
      }
    }
  };

  const happen = (event: Event): Promise<void> => apply(event, transition(state, event));

  return {
    get state() {
      return state;
    },
    get busySince() {
      return busySince;
    },
    start: () => {
      const begun = queue.then(() => apply(start.event, start));
      queue = begun.catch(() => {});
      return begun;
    },
    send: (event) => {
      const sent = queue.then(() => happen({ ...event, at: now() }));
      queue = sent.catch(() => {});
      return sent;
    },
    onEvent: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: async () => {
      stopped = true;
      // What is just happening may be waiting for a lane to end, and begin none after that.
      await Promise.all([...lanes.keys()].map(halt));
      await queue;
    },
  };
}
