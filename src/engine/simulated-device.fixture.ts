import assert from 'node:assert/strict';
import type { ChannelRelease } from './choice/choose-release.ts';
import { type CheckVerdict, judgeCheck } from './choice/judge-check.ts';
import type { Checking, DeviceState } from './device-state.ts';
import type { Effect, StepEffect } from './effect.ts';
import type { Event, EventKind, EventOf } from './event.ts';
import { failureCause } from './failure-cause.ts';
import { type Generation, isSameGeneration } from './generation.ts';
import { initialState } from './initial-state.ts';
import { isWorthKeeping, journalLine, parseJournal } from './journal.ts';
import { reconcile } from './reconcile.ts';
import { channelRelease, generation } from './sample-generations.fixture.ts';
import { type Behaviour, type DiskStep, SimulatedMachine } from './simulated-machine.fixture.ts';
import { planSpace } from './space/plan-space.ts';
import type { Transition } from './transition/rule.ts';
import { accepts, transition } from './transition/transition.ts';

/** An event without its time. */
export type Body<Kind extends EventKind> = Kind extends EventKind ? Omit<EventOf<Kind>, 'at'> : never;

const NEEDS = { imageBytes: 1, treeBytes: 1, bootImageBytes: 1, loaderBytes: 1, scratchBytes: 1 };
/** The journal's last entries are enough to go on: this many characters of it. */
const JOURNAL_CHARACTERS = 6000;
const FACTORY = generation('1');

/** A machine and the agent on it, which does effects one by one and can be interrupted between any two. */
export class SimulatedDevice {
  readonly machine: SimulatedMachine;
  channel: readonly ChannelRelease[] = [];
  state: DeviceState = initialState({ ...FACTORY, slot: 0 }, [], 0);
  /** Nothing starts any more. */
  lost = false;

  private time = 0;
  private journal = '';
  private pending: Effect[] = [];
  private waitsFor: 'nothing' | 'health' | 'restart' | 'retry' = 'nothing';

  /** Version 1 from the factory, on a disk with so many slots. */
  constructor(slots: number) {
    this.machine = new SimulatedMachine(slots, FACTORY);
    this.powerOn();
  }

  publish(version: string, behaviour: Behaviour, barrier = false): void {
    const release = channelRelease(version, barrier);
    const { behaviours } = this.machine;
    if (behaviours.has(release.rootHash)) return;
    behaviours.set(release.rootHash, behaviour);
    this.channel = [...this.channel, release];
  }

  withdraw(version: string): void {
    this.channel = this.channel.filter((release) => release.version !== version);
  }

  /** One thing is done or happens by itself; returns false when the device is at rest and asks for nothing. */
  work(): boolean {
    const effect = this.pending.shift();
    if (effect !== undefined) {
      this.perform(effect);
      return true;
    }
    const { waitsFor } = this;
    this.waitsFor = 'nothing';
    switch (waitsFor) {
      case 'health': {
        const healthy = this.machine.behaviours.get(this.state.running.rootHash) === 'good';
        const cause = failureCause('health', 'health check “web” did not hold');
        this.happen(healthy ? { kind: 'health-held' } : { kind: 'health-failed', cause });
        return true;
      }
      case 'restart':
        this.happen({ kind: 'restart-allowed' });
        return true;
      case 'retry':
        this.happen({ kind: 'retry-due' });
        return true;
      case 'nothing':
        return false;
    }
  }

  /** The step that comes next fails; those that change the boot entries may always be tried again. */
  fail(retry: 'later' | 'never'): void {
    const [step] = this.pending;
    if (step === undefined || !isStep(step)) return;
    this.pending = [];
    const lasting = retry === 'never' && ['fetch', 'write', 'read-back'].includes(step.kind);
    const problem = { code: 'sample', message: 'it failed' };
    this.happen({ kind: 'step-failed', step: step.kind, problem, retry: lasting ? 'never' : 'later' });
  }

  /** What a person or the schedule asks for, if it may be asked now. */
  ask(
    event: Body<
      'check-started' | 'rollback-asked' | 'pinned' | 'unpinned' | 'arm-asked' | 'hold-asked' | 'quarantine-lifted'
    >,
  ): void {
    // The agent hears nothing before the effects that take no time are done.
    while (this.pending[0] !== undefined && !takesTime(this.pending[0])) this.work();
    if (!accepts(this.state, event.kind)) return;
    if (event.kind === 'rollback-asked' && this.needsWayBack() && this.state.wayBack === undefined) return;
    this.happen(event);
  }

  /** The agent dies and is started again. */
  killAgent(): void {
    this.begin(this.state.running);
  }

  /** The power goes and comes. `halfDone`: the effect that came next got half-way. */
  cutPower(halfDone: boolean): void {
    const [step] = this.pending;
    if (halfDone && step !== undefined && isDiskStep(step)) this.machine.performHalf(step, this.state.running);
    this.machine.goDown('unclean');
    this.powerOn();
  }

  /** Somebody restarts the machine in good order. */
  restart(): void {
    this.machine.goDown('clean');
    this.powerOn();
  }

  /** The slot that runs rots, which shows at once. */
  rot(): void {
    if (this.state.phase.kind === 'proven' && this.machine.rot(this.state.running)) this.cutPower(false);
  }

  private powerOn(): void {
    const running = this.machine.powerOn();
    this.lost = running === undefined;
    if (running !== undefined) this.begin(running);
  }

  /** The agent begins. */
  private begin({ name, version, rootHash }: Generation): void {
    this.pending = [];
    this.waitsFor = 'nothing';
    const { evidence, bootId } = this.machine;
    const running = { name, version, rootHash };
    const last = parseJournal(this.journal).entries.at(-1);
    const facts = { at: ++this.time, bootId: String(bootId), running, evidence };
    const { event, ...next } = reconcile(last, this.machine.view(running), facts);
    this.take(event, next);
  }

  private happen(body: Body<EventKind>): void {
    const event: Event = { ...body, at: ++this.time };
    this.take(event, transition(this.state, event));
  }

  private take(event: Event, { state, effects }: Transition): void {
    const isAnother = state.phase.kind !== this.state.phase.kind;
    this.state = state;
    if (isWorthKeeping(event)) {
      const line = journalLine(event, state, String(this.machine.bootId));
      this.journal = `${this.journal.slice(-JOURNAL_CHARACTERS)}${line}`;
    }
    const beginsAnew = effects.some((effect) => takesTime(effect) || effect.kind === 'stop-work');
    if (beginsAnew) this.pending = [];
    if (beginsAnew || isAnother) this.waitsFor = 'nothing';
    this.pending.push(...effects);
    this.check();
  }

  /** What must be true at any time. */
  private check(): void {
    const { phase, quarantine, running, proven } = this.state;
    const isRest = phase.kind === 'proven' || phase.kind === 'refused' || phase.kind === 'downloading';
    if (isRest) assert.ok(isSameGeneration(running, proven), `${phase.kind} on what is not proven`);
    for (const { generation: one, cause } of quarantine) {
      if (cause.kind === 'operator') continue;
      const { behaviours, rounds } = this.machine;
      const evident = behaviours.get(one.rootHash) !== 'good' || (rounds.get(one.rootHash) ?? 0) >= 2;
      assert.ok(evident, `${one.version} was good, and set aside without evidence: ${cause.summary}`);
    }
  }

  private perform(effect: Effect): void {
    const { machine } = this;
    if (isDiskStep(effect)) {
      machine.perform(effect, this.state.running);
      this.happen({ kind: 'step-done', step: effect.kind });
      return;
    }
    switch (effect.kind) {
      case 'restart': {
        const { phase } = this.state;
        const isLeft = phase.kind !== 'rolling-back' || (machine.triesLeft(phase.from) ?? 0) === 0;
        assert.ok(isLeft, 'marked bad before the restart');
        const { entries, next } = machine.view(this.state.running);
        const first = entries.find(({ file }) => file === next);
        assert.equal(first?.version, effect.into.version, 'the loader starts what is wanted');
        this.restart();
        return;
      }
      case 'check':
        if (this.state.phase.kind === 'checking') this.happen(this.answer(this.state.phase));
        return;
      case 'schedule-retry':
        this.waitsFor = 'retry';
        return;
      case 'seek-restart':
        this.waitsFor = 'restart';
        return;
      case 'judge-health':
        this.waitsFor = 'health';
        return;
      case 'remove-entry':
        machine.removeEntry(effect.generation);
        return;
      case 'give-try-back':
        machine.giveTryBack(effect.generation);
        return;
      case 'repair-entry':
        machine.setTries(effect.generation, effect.standing === 'bad' ? { left: 0, done: 0 } : undefined);
        return;
      case 'clear-start-count':
        machine.clearStartCount();
        return;
      case 'keep-evidence':
        machine.clearEvidence();
        this.happen({ kind: 'evidence-kept', report: 'report.json' });
        return;
    }
  }

  private answer(checking: Checking): Body<'nothing-newer' | 'target-withdrawn' | 'target-refused' | 'target-chosen'> {
    const { running, quarantine, pin } = this.state;
    const releases = this.channel;
    const channel = { running, channel: 'stable', releases, floor: undefined, quarantine, pin };
    const verdict: CheckVerdict = judgeCheck(checking, channel);
    if (verdict.kind === 'nothing-newer') return { kind: 'nothing-newer' };
    if (verdict.kind === 'withdrawn') return { kind: 'target-withdrawn', why: verdict.why };
    const target = verdict.release;
    const view = this.machine.view(running);
    const plan = planSpace({ state: this.state, view, target, needs: NEEDS, scratchFreeBytes: 1 << 30 });
    if (plan.kind === 'lacks') return { kind: 'target-refused', target, objections: plan.objections };
    return { kind: 'target-chosen', target, slot: plan.slot, intent: checking.by === 'medium' ? 'hold' : 'arm' };
  }

  /** True where a rollback goes to the other slot, not merely away from what was to come. */
  private needsWayBack(): boolean {
    const { phase } = this.state;
    const { kind } = phase.kind === 'checking' ? phase.behind : phase;
    return kind === 'proven' || kind === 'refused' || kind === 'downloading';
  }
}

const DISK_STEPS: ReadonlySet<string> = new Set<DiskStep['kind']>([
  ...(['fetch', 'retire', 'write', 'read-back', 'commit', 'install-entry', 'bless', 'mark-bad'] as const),
]);
/** Effects that take time, besides steps. */
const LASTING: ReadonlySet<string> = new Set(['check', 'judge-health', 'seek-restart', 'schedule-retry']);

function isDiskStep(effect: Effect): effect is DiskStep {
  return DISK_STEPS.has(effect.kind);
}

function isStep(effect: Effect): effect is StepEffect {
  return isDiskStep(effect) || effect.kind === 'restart';
}

function takesTime(effect: Effect): boolean {
  return isStep(effect) || LASTING.has(effect.kind);
}
