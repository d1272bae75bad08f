import type { DeviceState, Objection } from '../../engine/device-state.ts';
import { summarise } from '../../engine/report/summarise.ts';
import { conflict } from '../../engine/transition/conflict.ts';
import { accepts } from '../../engine/transition/transition.ts';
import { checkRepository } from '../effects/check-repository.ts';
import { objectionOf } from '../effects/objection-of.ts';
import { previewUpdate } from '../effects/preview-update.ts';
import type { UpdateLine, UpdateOutcome, UpdateRequest } from '../socket/agent-api.ts';
import { rememberMedium } from '../sources/medium.ts';
import type { DeviceSession } from './device-session.ts';
import { Waker } from './waker.ts';

/** How often a person sees how far work is. */
const PROGRESS_MILLISECONDS = 500;

/**
 * Does what a person asked for, and tells how it goes until it has come to something: nothing newer, staged, waiting for its restart, restarting, refused, failed. Who
 * asked may go away: the update goes on. Throws `device-state-conflict` when the device does something that an update must not disturb.
 */
export async function* updateCourse(
  session: DeviceSession,
  request: UpdateRequest,
  signal: AbortSignal,
): AsyncGenerator<UpdateLine> {
  const { conductor, wishes, device } = session;
  if (request.again !== undefined) await conductor.send({ kind: 'quarantine-lifted', version: request.again });
  if (request.mode === 'check') {
    yield { kind: 'end', ...(await look(session, request, signal)) };
    return;
  }
  // A check that goes on asks elsewhere, or is stricter: it is not the one that was asked for.
  if (request.from !== undefined || request.allowExpired !== undefined) await whileChecking(session, signal);
  if (request.from !== undefined) rememberMedium(device.paths.medium, request.from);
  wishes.intent = request.mode === 'download' ? 'hold' : 'arm';
  wishes.allowExpired = request.allowExpired;
  using course = followCourse(session, signal, updateOutcome);
  wishes.hurry(request.mode === 'now');
  const { phase } = conductor.state;
  if (wishes.intent === 'arm' && (phase.kind === 'staged' || (phase.kind === 'armed' && wishes.urgent))) {
    // What is there already needs no repository.
    await conductor.send({ kind: 'arm-asked' });
  } else if (accepts(conductor.state, 'check-started')) {
    await conductor.send({ kind: 'check-started', by: request.from === undefined ? 'operator' : 'medium' });
  } else if (phase.kind === 'downloading') {
    await conductor.send({ kind: wishes.intent === 'arm' ? 'arm-asked' : 'hold-asked' });
  } else if (phase.kind !== 'checking') {
    throw conflict(conductor.state, 'check-started', 'it has to come to an end first');
  }
  yield* course.lines();
}

/** Waits until no check goes on. */
async function whileChecking({ conductor }: DeviceSession, signal: AbortSignal): Promise<void> {
  while (conductor.state.phase.kind === 'checking') {
    signal.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = conductor.onEvent(() => resolve());
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    stop();
  }
}

/** Whether there is an update, and what it would do, without doing it. */
async function look(
  { device, conductor }: DeviceSession,
  request: UpdateRequest,
  signal: AbortSignal,
): Promise<UpdateOutcome> {
  const { state } = conductor;
  const resting = state.phase.kind === 'checking' ? state.phase.behind : state.phase;
  if (!accepts(state, 'check-started') || resting.kind === 'downloading') {
    return { outcome: 'available', words: summarise(state), reasons: [] };
  }
  const behind =
    resting.kind === 'staged' || resting.kind === 'armed' || resting.kind === 'refused'
      ? resting
      : ({ kind: 'proven', since: 0 } as const);
  const by = request.from === undefined ? 'operator' : 'medium';
  const answer = await checkRepository(
    device,
    state,
    { by, behind, place: request.from, allowExpired: request.allowExpired },
    signal,
  );
  const { outcome, choice, source } = answer;
  switch (outcome.kind) {
    case 'nothing-newer': {
      const reasons = choice.considered.map(({ version, verdict, words }) => ({
        code: verdict,
        message: `${version}: ${words}`,
      }));
      return { outcome: 'nothing-newer', words: `${source} has nothing newer for this device`, reasons };
    }
    case 'withdrawn':
      return { outcome: 'nothing-newer', words: outcome.why.message, reasons: [outcome.why] };
    case 'refused': {
      const { version } = outcome.target;
      return {
        outcome: 'refused',
        version,
        words: `${version} cannot be installed here`,
        reasons: [...outcome.objections],
      };
    }
    case 'chosen': {
      const { version } = outcome.target;
      const words = `${version} can be installed into slot ${outcome.slot}`;
      const available = { outcome: 'available' as const, version, words, reasons: [] };
      try {
        return { ...available, plan: await previewUpdate(device, { ...state, phase: behind }, outcome, 'arm', signal) };
      } catch (error) {
        // It would fail as well: files of the repository are missing or damaged.
        return { ...available, reasons: [objectionOf(error)] };
      }
    }
  }
}

/** Goes back, and tells how it goes. Throws `no-way-back`. */
export async function* rollbackCourse(
  session: DeviceSession,
  reason: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<UpdateLine> {
  using course = followCourse(session, signal, rollbackOutcome);
  await session.conductor.send({ kind: 'rollback-asked', reason });
  yield* course.lines();
}

/** What a course has come to when the state is this, after that event; undefined: it goes on. */
type Ending = (
  state: DeviceState,
  event: string,
  last: { readonly problem?: Objection | undefined },
) => UpdateOutcome | undefined;

interface Course extends Disposable {
  lines(): AsyncGenerator<UpdateLine>;
}

/** Listens from now on; the lines begin with what has happened since. */
function followCourse({ conductor, progress }: DeviceSession, signal: AbortSignal, ending: Ending): Course {
  const waiting: UpdateLine[] = [];
  let said = '';
  let isOver = false;
  const waker = new Waker();
  const stop = conductor.onEvent((event, state) => {
    if (isOver) return;
    const summary = summarise(state);
    if (summary !== said) waiting.push({ kind: 'phase', summary });
    said = summary;
    const problem = event.kind === 'check-failed' || event.kind === 'step-failed' ? event.problem : undefined;
    const end = ending(state, event.kind, { problem });
    if (end !== undefined) waiting.push({ kind: 'end', ...end });
    isOver = end !== undefined;
    // At once: what leads to a restart also ends this agent.
    waker.wake();
  });
  return {
    async *lines() {
      let shown = '';
      while (!signal.aborted) {
        for (let line = waiting.shift(); line !== undefined; line = waiting.shift()) yield line;
        if (isOver) return;
        const now = progress();
        const text = JSON.stringify(now);
        if (now !== undefined && text !== shown) yield { kind: 'progress', ...now };
        shown = text;
        // While the reader had the line above, more may have come.
        if (waiting.length === 0) await waker.wait(PROGRESS_MILLISECONDS, signal);
      }
    },
    [Symbol.dispose]: stop,
  };
}

const updateOutcome: Ending = (state, event, { problem }) => {
  const { phase } = state;
  const version = 'target' in phase ? { version: phase.target.version } : {};
  const words = summarise(state);
  // A step that would fail again for ever says no to the release: nothing has gone wrong.
  const isRefusal = event === 'step-failed' && phase.kind === 'refused';
  if (problem !== undefined && !isRefusal) {
    return { outcome: 'failed', ...version, words: problem.message, reasons: [problem] };
  }
  switch (phase.kind) {
    case 'proven':
      return event === 'check-started' ? undefined : { outcome: 'nothing-newer', words, reasons: [] };
    case 'refused':
      return { outcome: 'refused', ...version, words, reasons: [...phase.objections] };
    case 'staged':
      return phase.intent === 'hold' ? { outcome: 'staged', ...version, words, reasons: [] } : undefined;
    case 'armed':
      return event === 'restart-postponed'
        ? { outcome: 'armed', ...version, words, reasons: [...phase.waiting] }
        : undefined;
    case 'restarting':
      return { outcome: 'restarting', ...version, words, reasons: [] };
    default:
      return undefined;
  }
};

const rollbackOutcome: Ending = (state, _, { problem }) => {
  const { phase } = state;
  const words = summarise(state);
  if (problem !== undefined) return { outcome: 'failed', words: problem.message, reasons: [problem] };
  if (phase.kind === 'rolling-back') {
    return phase.step === 'restart'
      ? { outcome: 'restarting', version: phase.to.version, words, reasons: [] }
      : undefined;
  }
  return { outcome: 'set-aside', words: `${words}; what was to start next is set aside`, reasons: [] };
};
