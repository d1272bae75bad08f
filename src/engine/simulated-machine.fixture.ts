import assert from 'node:assert/strict';
import { compareLoaderEntries } from '../formats/loader-order.ts';
import type { DiskView, EntryView, SlotContent } from './disk-view.ts';
import type { StepEffect } from './effect.ts';
import type { BootEvidence } from './explain-boot.ts';
import { type Generation, isSameGeneration } from './generation.ts';

/** What a release does on this machine. Only `good` ones can come to be proven. */
export type Behaviour = 'panics' | 'hangs' | 'initrd-fails' | 'agent-is-dead' | 'unhealthy' | 'good';

/** Effects that change the disk. */
export type DiskStep = Exclude<StepEffect, { kind: 'restart' }>;

const TRIES = 3;
/** The initrd takes the other entry at this start that nobody cleared the count of (src/build/assemble/boot/init.sh). */
const ROTTEN_STARTS = 4;
/** A machine that restarts so often without its agent coming up is lost. */
const MAX_STARTS = 40;
const NOT_COUNTED = { of: '', count: 0 };

interface Slot {
  content: SlotContent;
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
 * Slots, boot entries, a loader that counts and orders as systemd-boot does, and an initrd that counts. Every step asserts the rules of design.md
 * §8 against what the disk really holds, not against what the engine believes.
 */
export class SimulatedMachine {
  readonly behaviours = new Map<string, Behaviour>();
  /** Root hashes of what has been blessed, or came from the factory. */
  readonly everProven = new Set<string>();
  /** How often the entry of a root hash was given all its tries. */
  readonly rounds = new Map<string, number>();
  evidence: BootEvidence = { panics: [], watchdog: 'not-by-it', shutdown: 'clean' };
  bootId = 0;

  private readonly slots: Slot[];
  private readonly entries: Entry[] = [];
  private starts: { readonly of: string; readonly count: number } = NOT_COUNTED;
  private oneShot: Entry | undefined;

  /** `factory` in the first of `slots`. */
  constructor(slots: number, factory: Generation) {
    this.behaviours.set(factory.rootHash, 'good');
    this.everProven.add(factory.rootHash);
    this.slots = Array.from({ length: slots }, (_, index) => ({
      content: index === 0 ? { kind: 'release', ...factory } : { kind: 'empty' },
      whole: index === 0 ? factory : undefined,
      readBack: index === 0,
      rotten: false,
    }));
    this.entries.push({ generation: factory, tries: undefined });
  }

  /** From power-on until an agent runs: in what it does; undefined when nothing starts any more. */
  powerOn(): Generation | undefined {
    for (let starts = 0; starts < MAX_STARTS; starts++) {
      this.bootId++;
      const chosen = this.chosenByLoader();
      if (chosen === undefined) return undefined;
      const { tries } = chosen;
      if (tries !== undefined && tries.left > 0) chosen.tries = { left: tries.left - 1, done: tries.done + 1 };
      if (this.comesUp(chosen)) return chosen.generation;
    }
    return undefined;
  }

  /** How the machine goes down. */
  goDown(shutdown: BootEvidence['shutdown']): void {
    this.evidence = { ...this.evidence, shutdown, watchdog: 'not-by-it' };
  }

  clearEvidence(): void {
    const { watchdog, shutdown } = this.evidence;
    this.evidence = { panics: [], watchdog, shutdown };
  }

  clearStartCount(): void {
    this.starts = NOT_COUNTED;
  }

  /**
   * The slot that holds `running` can no longer be opened. False where nothing else has proved itself: nobody can make that start. One slot at a time: the
   * initrd tries one other root, and does not know that it has rotted as well.
   */
  rot(running: Generation): boolean {
    if (this.slots.some(({ rotten }) => rotten)) return false;
    const slot = this.slots.find(({ content }) => content.kind === 'release' && isSameGeneration(content, running));
    const other = this.entries.some(
      ({ generation, tries }) => tries === undefined && !isSameGeneration(generation, running),
    );
    if (slot === undefined || !other) return false;
    slot.rotten = true;
    return true;
  }

  view(running: Generation): DiskView {
    const entries = this.entryViews();
    return {
      slots: this.slots.map(({ content }, index) => ({
        index,
        content,
        dataBytes: 1,
        treeBytes: 1,
        running: content.kind === 'release' && content.rootHash === running.rootHash,
      })),
      entries,
      leftovers: [],
      esp: { freeBytes: 1 << 30, clusterBytes: 1, writable: true },
      table: { kind: 'sound' },
      next: entries.toSorted(compareLoaderEntries)[0]?.file,
    };
  }

  /** Does a step on the disk while `running` runs. */
  perform(step: DiskStep, running: Generation): void {
    switch (step.kind) {
      case 'fetch':
        return;
      case 'retire': {
        const slot = this.writable(step.slot, running);
        if (slot.content.kind === 'release') this.removeEntry(slot.content);
        slot.content = { kind: 'empty' };
        return;
      }
      case 'write': {
        const slot = this.writable(step.slot, running);
        assert.equal(slot.content.kind, 'empty', 'a slot is retired before it is written');
        Object.assign(slot, { whole: step.target, readBack: false, rotten: false });
        return;
      }
      case 'read-back':
        this.holding(step.slot, step.target).readBack = true;
        return;
      case 'commit': {
        const slot = this.writable(step.slot, running);
        assert.ok(slot.readBack, 'a slot is named after it was read back');
        const { name, version, rootHash } = step.target;
        slot.content = { kind: 'release', name, version, rootHash };
        return;
      }
      case 'install-entry': {
        assert.ok(this.holding(step.slot, step.target).readBack, 'armed only after read-back');
        const { name, version, rootHash } = step.target;
        this.removeEntry(step.target);
        this.entries.push({ generation: { name, version, rootHash }, tries: { left: TRIES, done: 0 } });
        this.rounds.set(rootHash, (this.rounds.get(rootHash) ?? 0) + 1);
        return;
      }
      case 'bless': {
        assert.ok(isSameGeneration(running, step.target), 'only what runs is blessed');
        this.setTries(step.target, undefined);
        this.everProven.add(step.target.rootHash);
        this.clearStartCount();
        return;
      }
      case 'mark-bad':
        this.setTries(step.generation, { left: 0, done: TRIES });
        return;
    }
  }

  /** What a power cut leaves of a step: begun and useless, or done and told to nobody. */
  performHalf(step: DiskStep, running: Generation): void {
    switch (step.kind) {
      case 'retire': {
        const { content } = this.writable(step.slot, running);
        if (content.kind === 'release') this.removeEntry(content);
        return;
      }
      case 'write':
        Object.assign(this.writable(step.slot, running), { whole: undefined, readBack: false });
        return;
      case 'fetch':
      case 'read-back':
        return;
      default:
        this.perform(step, running);
    }
  }

  setTries(one: Generation, tries: Entry['tries']): void {
    const entry = this.entryOf(one);
    if (entry !== undefined) entry.tries = tries;
  }

  giveTryBack(one: Generation): void {
    const tries = this.entryOf(one)?.tries;
    if (tries !== undefined) this.setTries(one, { left: tries.left + 1, done: Math.max(0, tries.done - 1) });
  }

  removeEntry({ rootHash }: Pick<Generation, 'rootHash'>): void {
    const index = this.entries.findIndex(({ generation }) => generation.rootHash === rootHash);
    if (index >= 0) this.entries.splice(index, 1);
  }

  /** Tries left of an entry; undefined when it is not there or not counted. */
  triesLeft(one: Generation): number | undefined {
    return this.entryOf(one)?.tries?.left;
  }

  private entryViews(): EntryView[] {
    return this.entries.map(({ generation, tries }) => {
      const counter = tries === undefined ? '' : `+${tries.left}-${tries.done}`;
      return { ...generation, file: `${generation.name}_${generation.version}${counter}.efi`, tries, bytes: 1 };
    });
  }

  private entryOf(one: Generation): Entry | undefined {
    return this.entries.find(({ generation }) => isSameGeneration(generation, one));
  }

  private holding(index: number, target: Generation): Slot {
    const slot = this.slots[index];
    assert.ok(
      slot?.whole !== undefined && isSameGeneration(slot.whole, target),
      `slot ${index} holds ${target.version}`,
    );
    return slot;
  }

  /** Design.md §8: what runs is proven, and in another slot. */
  private writable(index: number, running: Generation): Slot {
    const slot = this.slots[index];
    assert.ok(slot !== undefined);
    const holdsRunning = slot.content.kind === 'release' && slot.content.rootHash === running.rootHash;
    assert.ok(!holdsRunning, 'the running slot is not written');
    assert.ok(this.everProven.has(running.rootHash), 'nothing is written while what runs is not proven');
    return slot;
  }

  private chosenByLoader(): Entry | undefined {
    const { oneShot } = this;
    this.oneShot = undefined;
    if (oneShot !== undefined && this.entries.includes(oneShot)) return oneShot;
    return this.first(() => true);
  }

  /** The first in the loader's order of the entries that are wanted. */
  private first(isWanted: (entry: Entry) => boolean): Entry | undefined {
    const files = this.entryViews();
    const ordered = files.toSorted(compareLoaderEntries).map((file) => this.entries[files.indexOf(file)]);
    return ordered.find((entry) => entry !== undefined && isWanted(entry));
  }

  private comesUp(entry: Entry): boolean {
    const { rootHash } = entry.generation;
    if (entry.tries === undefined && this.isTakenForRotten(entry)) return this.goesDown({});
    const slot = this.slots.find(({ content }) => content.kind === 'release' && content.rootHash === rootHash);
    const opens = slot?.whole !== undefined && isSameGeneration(slot.whole, entry.generation) && !slot.rotten;
    const behaviour = opens ? this.behaviours.get(rootHash) : 'initrd-fails';
    switch (behaviour) {
      case 'initrd-fails':
        return this.goesDown({ initrdFailure: { reason: 'no root', rootHash } });
      case 'panics':
        return this.goesDown({ panics: [{ lines: ['Kernel panic - not syncing: no'], rootHash }] });
      case 'hangs':
        return this.goesDown({ watchdog: 'reset-by-it' });
      case 'agent-is-dead':
        return this.goesDown({ shutdown: 'clean', deadline: { rootHash } });
      default:
        return true;
    }
  }

  /** Only a proven entry is counted here, the loader counts the others. */
  private isTakenForRotten(entry: Entry): boolean {
    const { rootHash } = entry.generation;
    this.starts = { of: rootHash, count: this.starts.of === rootHash ? this.starts.count + 1 : 1 };
    const other = this.first((one) => one !== entry && one.tries === undefined);
    if (this.starts.count < ROTTEN_STARTS || other === undefined) return false;
    this.clearStartCount();
    this.oneShot = other;
    return true;
  }

  private goesDown(found: Partial<BootEvidence>): false {
    this.evidence = { ...this.evidence, shutdown: 'unclean', ...found };
    return false;
  }
}
