import assert from 'node:assert/strict';
import { compareLoaderEntries } from '../formats/loader-order.ts';
import type { ChannelRelease } from './choice/choose-release.ts';
import { type CheckVerdict, judgeCheck } from './choice/judge-check.ts';
import type { Checking, DeviceState } from './device-state.ts';
import type { DiskView, EntryView } from './disk-view.ts';
import type { Effect } from './effect.ts';
import type { Event, EventKind, EventOf } from './event.ts';
import type { BootEvidence } from './explain-boot.ts';
import { failureCause } from './failure-cause.ts';
import { type Generation, isSameGeneration } from './generation.ts';
import { isWorthKeeping, journalLine, parseJournal } from './journal.ts';
import { reconcile } from './reconcile.ts';
import { channelRelease, generation } from './sample-generations.fixture.ts';
import { planSpace } from './space/plan-space.ts';
import type { Transition } from './transition/rule.ts';
import { accepts, transition } from './transition/transition.ts';

/** What a release does on this device. All but the last two never come to be proven. */
export type Behaviour = 'panics' | 'hangs' | 'initrd-fails' | 'agent-is-dead' | 'unhealthy' | 'good';

const TRIES = 3;
/** The initrd takes the other entry at this start that nobody cleared the count of (design.md §6). */
const ROTTEN_STARTS = 4;
/** A machine that restarts so often without its agent coming up is lost. */
const MAX_STARTS = 40;
const NEEDS = { imageBytes: 1, treeBytes: 1, bootImageBytes: 1, loaderBytes: 1, scratchBytes: 1 };

const NOT_COUNTED = { of: '', count: 0 };

interface Slot {
  content: DiskView['slots'][number]['content'];
  /** Whose blocks are really in it, from the first to the last. */
  whole: Generation | undefined;
  /** Read back since it was last written. */
  readBack: boolean;
  rotten: boolean;
}

interface Entry {
  readonly generation: Generation;
  tries: { left: number; done: number } | undefined;
}

/**
 * A machine as the engine sees it: slots, boot entries, a loader that counts, an initrd that counts, and an agent that does effects one by one and can
 * be interrupted between any two. Every effect asserts the rules of design.md §8 against what the disk really holds, not against what the
 * engine believes.
 */
export class SimulatedDevice {
  readonly slots: Slot[];
  readonly entries: Entry[] = [];
  readonly behaviours = new Map<string, Behaviour>();
  readonly everProven = new Set<string>();
  readonly rounds = new Map<string, number>();
  readonly visited = new Set<string>();
  channel: ChannelRelease[] = [];
  floor: string | undefined;
  journal = '';
  state: DeviceState;
  /** When the loader finds nothing that starts. */
  lost = false;

  private time = 0;
  private bootId = 0;
  private starts: { readonly of: string; readonly count: number } = NOT_COUNTED;
  private oneShot: Entry | undefined;
  private evidence: BootEvidence = { panics: [], watchdog: 'not-by-it', shutdown: 'clean' };
  private pending: Effect[] = [];
  private waitsFor: 'nothing' | 'health' | 'restart' | 'retry' = 'nothing';

  /** Version 1 from the factory, in the first of `slots`. */
  constructor(slots: number) {
    const factory = generation('1');
    this.behaviours.set(factory.rootHash, 'good');
    this.everProven.add(factory.rootHash);
    this.slots = Array.from({ length: slots }, (_, index) => ({
      content: index === 0 ? { kind: 'release', ...factory } : { kind: 'empty' },
      whole: index === 0 ? factory : undefined,
      readBack: index === 0,
      rotten: false,
    }));
    this.entries.push({ generation: factory, tries: undefined });
    this.state = {
      running: { ...factory, slot: 0 },
      proven: { ...factory, slot: 0 },
      phase: { kind: 'proven', since: 0 },
      quarantine: [],
      checks: { failures: 0 },
    };
    this.start();
  }

  publish(version: string, behaviour: Behaviour, barrier = false): void {
    const release = channelRelease(version, barrier);
    if (this.behaviours.has(release.rootHash)) return;
    this.behaviours.set(release.rootHash, behaviour);
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
    switch (this.waitsFor) {
      case 'health': {
        this.waitsFor = 'nothing';
        const healthy = this.behaviours.get(this.state.running.rootHash) === 'good';
        const cause = failureCause('health', 'health check “web” did not hold');
        this.happen(healthy ? { kind: 'health-held' } : { kind: 'health-failed', cause });
        return true;
      }
      case 'restart':
        this.waitsFor = 'nothing';
        this.happen({ kind: 'restart-allowed' });
        return true;
      case 'retry':
        this.waitsFor = 'nothing';
        this.happen({ kind: 'retry-due' });
        return true;
      case 'nothing':
        return false;
    }
  }

  /** The step that comes next fails. */
  fail(retry: 'later' | 'never'): void {
    const [effect] = this.pending;
    if (effect === undefined || !isStep(effect)) return;
    if (effect.kind !== 'fetch' && effect.kind !== 'write' && effect.kind !== 'read-back') retry = 'later';
    this.pending = [];
    const problem = { code: 'sample', message: 'it failed' };
    this.happen({ kind: 'step-failed', step: effect.kind, problem, retry });
  }

  /** What a person or the schedule asks for, if it may be asked now. */
  ask(
    event: Body<'check-started' | 'rollback-asked' | 'pinned' | 'unpinned' | 'arm-asked' | 'quarantine-lifted'>,
  ): void {
    if (!accepts(this.state, event.kind)) return;
    const { phase } = this.state;
    const rests =
      phase.kind === 'proven' ||
      phase.kind === 'refused' ||
      phase.kind === 'downloading' ||
      (phase.kind === 'checking' && (phase.behind.kind === 'proven' || phase.behind.kind === 'refused'));
    if (event.kind === 'rollback-asked' && rests && this.state.wayBack === undefined) return;
    this.happen(event);
  }

  /** The agent dies and is started again. */
  killAgent(): void {
    this.reconcileNow();
  }

  /** The power goes and comes. `halfDone`: the effect that came next got half-way. */
  cutPower(halfDone: boolean): void {
    const [effect] = this.pending;
    if (halfDone && effect !== undefined) this.performHalf(effect);
    this.evidence = { ...this.evidence, shutdown: 'unclean', watchdog: 'not-by-it' };
    this.start();
  }

  /** Somebody restarts the machine in good order. */
  restart(): void {
    this.evidence = { ...this.evidence, shutdown: 'clean', watchdog: 'not-by-it' };
    this.start();
  }

  /** The slot that runs can no longer be opened, which shows at once. */
  rot(): void {
    const slot = this.slots[this.state.running.slot];
    const { running, phase } = this.state;
    const others = this.entries.filter(
      (entry) => entry.tries === undefined && !isSameGeneration(entry.generation, running),
    );
    // Where nothing else has proved itself nobody can make a machine that starts.
    if (slot === undefined || phase.kind !== 'proven' || others.length === 0) return;
    slot.rotten = true;
    this.cutPower(false);
  }

  view(): DiskView {
    const entries = this.entries.map(({ generation: one, tries }): EntryView => {
      const counter = tries === undefined ? '' : `+${tries.left}-${tries.done}`;
      return { ...one, file: `${one.name}_${one.version}${counter}.efi`, tries, bytes: 1 };
    });
    return {
      slots: this.slots.map(({ content }, index) => ({
        index,
        content,
        dataBytes: 1,
        treeBytes: 1,
        running: index === this.state.running.slot,
      })),
      entries,
      leftovers: [],
      esp: { freeBytes: 1 << 30, clusterBytes: 1, writable: true },
      table: { kind: 'sound' },
      next: entries.toSorted(compareLoaderEntries)[0]?.file,
    };
  }

  /** From power-on until an agent runs. */
  private start(): void {
    for (let starts = 0; starts < MAX_STARTS; starts++) {
      this.bootId++;
      const chosen = this.choose();
      if (chosen === undefined) break;
      if (chosen.tries !== undefined && chosen.tries.left > 0) {
        chosen.tries = { left: chosen.tries.left - 1, done: chosen.tries.done + 1 };
      }
      if (!this.comesUp(chosen)) continue;
      this.reconcileNow(chosen.generation);
      return;
    }
    this.lost = true;
  }

  private choose(): Entry | undefined {
    const { oneShot } = this;
    this.oneShot = undefined;
    if (oneShot !== undefined && this.entries.includes(oneShot)) return oneShot;
    const view = this.view().entries;
    const [best] = view.toSorted(compareLoaderEntries);
    return best === undefined ? undefined : this.entries[view.indexOf(best)];
  }

  private comesUp(entry: Entry): boolean {
    const started = entry.generation;
    const { rootHash } = started;
    const { starts } = this;
    // Only a proven entry is counted here: the loader counts the others (src/build/assemble/boot/init.sh).
    if (entry.tries === undefined) this.starts = { of: rootHash, count: starts.of === rootHash ? starts.count + 1 : 1 };
    const other = this.entries.find((one) => one !== entry && one.tries === undefined);
    if (entry.tries === undefined && this.starts.count >= ROTTEN_STARTS && other !== undefined) {
      this.starts = NOT_COUNTED;
      this.oneShot = other;
      this.evidence = { ...this.evidence, shutdown: 'unclean' };
      return false;
    }
    const slot = this.slots.find(({ content }) => content.kind === 'release' && content.rootHash === rootHash);
    const opens = slot?.whole !== undefined && isSameGeneration(slot.whole, started) && !slot.rotten;
    const behaviour = this.behaviours.get(rootHash);
    if (!opens || behaviour === 'initrd-fails') {
      this.evidence = { ...this.evidence, shutdown: 'unclean', initrdFailure: { reason: 'no root', rootHash } };
      return false;
    }
    switch (behaviour) {
      case 'panics':
        this.evidence = {
          ...this.evidence,
          shutdown: 'unclean',
          panics: [{ lines: ['Kernel panic - not syncing: no'], rootHash }],
        };
        return false;
      case 'hangs':
        this.evidence = { ...this.evidence, shutdown: 'unclean', watchdog: 'reset-by-it' };
        return false;
      case 'agent-is-dead':
        this.evidence = { ...this.evidence, shutdown: 'clean', deadline: { rootHash } };
        return false;
      default:
        return true;
    }
  }

  /** The agent begins. */
  private reconcileNow(running: Generation = this.state.running): void {
    this.pending = [];
    this.waitsFor = 'nothing';
    const { name, version, rootHash } = running;
    const { evidence } = this;
    const facts = { at: ++this.time, bootId: String(this.bootId), running: { name, version, rootHash }, evidence };
    const { event, ...next } = reconcile(parseJournal(this.journal).entries.at(-1), this.view(), facts);
    this.take(event, next);
  }

  private happen(body: Body<EventKind>): void {
    const event: Event = { ...body, at: ++this.time };
    this.take(event, transition(this.state, event));
  }

  private take(event: Event, { state, effects }: Transition): void {
    const isAnother = state.phase.kind !== this.state.phase.kind;
    this.state = state;
    if (isWorthKeeping(event))
      this.journal = `${this.journal.slice(-6000)}${journalLine(event, state, String(this.bootId))}`;
    this.visited.add(state.phase.kind);
    const beginsAnew = effects.some(({ kind }) => kind === 'stop-work' || isAnswered(kind));
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
      const evident = this.behaviours.get(one.rootHash) !== 'good' || (this.rounds.get(one.rootHash) ?? 0) >= 2;
      assert.ok(evident, `${one.version} was good, and set aside without evidence: ${cause.summary}`);
    }
  }

  private perform(effect: Effect): void {
    switch (effect.kind) {
      case 'check':
        this.performCheck();
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
        this.removeEntry(effect.generation);
        return;
      case 'give-try-back': {
        const entry = this.entryOf(effect.generation);
        if (entry?.tries !== undefined)
          entry.tries = { left: entry.tries.left + 1, done: Math.max(0, entry.tries.done - 1) };
        return;
      }
      case 'repair-entry': {
        const entry = this.entryOf(effect.generation);
        if (entry !== undefined) entry.tries = effect.standing === 'bad' ? { left: 0, done: 0 } : undefined;
        return;
      }
      case 'clear-start-count':
        this.starts = NOT_COUNTED;
        return;
      case 'keep-evidence':
        this.evidence = { panics: [], watchdog: this.evidence.watchdog, shutdown: this.evidence.shutdown };
        this.happenBehind({ kind: 'evidence-kept', report: 'report.json' });
        return;
      case 'stop-work':
      case 'stop-judging':
      case 'clean-up':
        return;
      case 'restart': {
        const { phase } = this.state;
        if (phase.kind === 'rolling-back')
          assert.equal(this.entryOf(phase.from)?.tries?.left ?? 0, 0, 'marked bad before the restart');
        this.restart();
        return;
      }
      default:
        this.performOnDisk(effect);
        this.happen({ kind: 'step-done', step: effect.kind });
    }
  }

  /** An answer to one effect of several: the others are still done. */
  private happenBehind(body: Body<EventKind>): void {
    const rest = this.pending;
    this.happen(body);
    this.pending = [...this.pending, ...rest.filter((effect) => !this.pending.includes(effect))];
  }

  private performOnDisk(
    effect: Exclude<Extract<Effect, { kind: Body<'step-done'>['step'] }>, { kind: 'restart' }>,
  ): void {
    switch (effect.kind) {
      case 'fetch':
        return;
      case 'retire': {
        const slot = this.writable(effect.slot);
        const { content } = slot;
        if (content.kind === 'release') this.removeEntry(content);
        slot.content = { kind: 'empty' };
        return;
      }
      case 'write': {
        const slot = this.writable(effect.slot);
        assert.equal(slot.content.kind, 'empty', 'a slot is retired before it is written');
        Object.assign(slot, { whole: effect.target, readBack: false, rotten: false });
        return;
      }
      case 'read-back': {
        const slot = this.slots[effect.slot];
        assert.ok(slot?.whole !== undefined && isSameGeneration(slot.whole, effect.target));
        slot.readBack = true;
        return;
      }
      case 'commit': {
        const slot = this.writable(effect.slot);
        assert.ok(slot.readBack, 'a slot is named after it was read back');
        const { name, version, rootHash } = effect.target;
        slot.content = { kind: 'release', name, version, rootHash };
        return;
      }
      case 'install-entry': {
        const slot = this.slots[effect.slot];
        assert.ok(
          slot?.whole !== undefined && isSameGeneration(slot.whole, effect.target) && slot.readBack,
          'armed only after read-back',
        );
        const { name, version, rootHash } = effect.target;
        const entry = this.entryOf(effect.target);
        if (entry === undefined)
          this.entries.push({ generation: { name, version, rootHash }, tries: { left: TRIES, done: 0 } });
        else entry.tries = { left: TRIES, done: 0 };
        this.rounds.set(rootHash, (this.rounds.get(rootHash) ?? 0) + 1);
        return;
      }
      case 'bless': {
        const entry = this.entryOf(effect.target);
        assert.ok(entry !== undefined && isSameGeneration(this.state.running, effect.target));
        entry.tries = undefined;
        this.everProven.add(effect.target.rootHash);
        this.starts = NOT_COUNTED;
        return;
      }
      case 'mark-bad': {
        const entry = this.entryOf(effect.generation);
        if (entry !== undefined) entry.tries = { left: 0, done: TRIES };
        return;
      }
    }
  }

  /** What a power cut leaves of an effect. */
  private performHalf(effect: Effect): void {
    switch (effect.kind) {
      case 'retire': {
        const { content } = this.writable(effect.slot);
        if (content.kind === 'release') this.removeEntry(content);
        return;
      }
      case 'write':
        Object.assign(this.writable(effect.slot), { whole: undefined, readBack: false });
        return;
      case 'commit':
      case 'install-entry':
      case 'bless':
      case 'mark-bad':
        // Done on the disk, and not in the journal.
        this.performOnDisk(effect);
        return;
    }
  }

  /** Design.md §8: what runs is proven, and in another slot. */
  private writable(index: number): Slot {
    const slot = this.slots[index];
    const { running } = this.state;
    const held = this.slots.findIndex(
      ({ content }) => content.kind === 'release' && content.rootHash === running.rootHash,
    );
    assert.ok(slot !== undefined && index !== held, 'the running slot is not written');
    assert.ok(this.everProven.has(running.rootHash), 'nothing is written while what runs is not proven');
    return slot;
  }

  private performCheck(): void {
    const { phase, running, quarantine, pin } = this.state;
    if (phase.kind !== 'checking') return;
    const verdict = judgeCheck(phase, {
      running,
      channel: 'stable',
      releases: this.channel,
      floor: this.floor,
      quarantine,
      pin,
    });
    this.happen(this.answer(phase, verdict));
  }

  private answer(
    { by }: Checking,
    verdict: CheckVerdict,
  ): Body<'nothing-newer' | 'target-withdrawn' | 'target-refused' | 'target-chosen'> {
    if (verdict.kind === 'nothing-newer') return { kind: 'nothing-newer' };
    if (verdict.kind === 'withdrawn') return { kind: 'target-withdrawn', why: verdict.why };
    const target = verdict.release;
    const plan = planSpace({ state: this.state, view: this.view(), target, needs: NEEDS, scratchFreeBytes: 1 << 30 });
    if (plan.kind === 'lacks') return { kind: 'target-refused', target, objections: plan.objections };
    return { kind: 'target-chosen', target, slot: plan.slot, intent: by === 'medium' ? 'hold' : 'arm' };
  }

  private entryOf(one: Generation): Entry | undefined {
    return this.entries.find((entry) => isSameGeneration(entry.generation, one));
  }

  private removeEntry(one: Pick<Generation, 'rootHash'>): void {
    const index = this.entries.findIndex((entry) => entry.generation.rootHash === one.rootHash);
    if (index >= 0) this.entries.splice(index, 1);
  }
}

/** An event without its time. */
export type Body<Kind extends EventKind> = Kind extends EventKind ? Omit<EventOf<Kind>, 'at'> : never;

const STEPS: ReadonlySet<string> = new Set([
  'fetch',
  'retire',
  'write',
  'read-back',
  'commit',
  'install-entry',
  'bless',
  'mark-bad',
  'restart',
]);

function isStep(effect: Effect): effect is Extract<Effect, { kind: Body<'step-done'>['step'] }> {
  return STEPS.has(effect.kind);
}

function isAnswered(kind: Effect['kind']): boolean {
  return STEPS.has(kind) || kind === 'check' || kind === 'judge-health' || kind === 'seek-restart';
}
