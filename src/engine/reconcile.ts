import { AshlarError } from '../model/error.ts';
import type { Moment } from './device-state.ts';
import { type DiskView, heldGenerations } from './disk-view.ts';
import type { Event } from './event.ts';
import { type BootEvidence, explainBoot } from './explain-boot.ts';
import type { Generation, Installed } from './generation.ts';
import { initialState } from './initial-state.ts';
import type { JournalEntry } from './journal.ts';
import type { Transition } from './transition/rule.ts';
import { transition } from './transition/transition.ts';

/** What the agent knows when it starts, besides journal and disk. */
export interface BootFacts {
  readonly at: Moment;
  /** `/proc/sys/kernel/random/boot_id`: another one than the journal's last says that the machine was started in between. */
  readonly bootId: string;
  /** IMAGE_ID and IMAGE_VERSION of os-release, and the root hash that the kernel's command line names. */
  readonly running: Generation;
  readonly evidence: BootEvidence;
}

/** A transition, and the event that led to it: what the journal gets. */
export interface Reconciliation extends Transition {
  readonly event: Event;
}

/**
 * Where the device is, whatever happened since the agent last wrote: the journal says what was intended, the disk what has become of
 * it, the boot facts what started. Throws `device-state-conflict` when no slot holds what runs.
 *
 * @param last the journal's last whole entry; undefined when there is none
 */
export function reconcile(last: JournalEntry | undefined, view: DiskView, facts: BootFacts): Reconciliation {
  const held = heldGenerations(view);
  const running = runningGeneration(view, facts.running);
  const { at, bootId } = facts;
  const state = last?.state ?? initialState(running, held, at);
  const event: Event =
    last?.bootId === bootId
      ? { kind: 'resumed', at, held }
      : { kind: 'booted', at, bootId, running, verdict: explainBoot(facts.evidence), held };
  return { ...transition(state, event), event };
}

/** Design.md §6: one image is never in two slots, so the root hash finds the slot. */
function runningGeneration(view: DiskView, running: Generation): Installed {
  const slot = view.slots.find(({ content }) => content.kind === 'release' && content.rootHash === running.rootHash);
  if (slot !== undefined) return { ...running, slot: slot.index };
  throw new AshlarError(
    'device-state-conflict',
    `No slot of the disk holds the image that runs, ${running.rootHash.slice(0, 16)}….`,
    {
      hint: 'The partition table was changed while the system ran, or the system was started from another disk. Nothing is updated until that is repaired.',
    },
  );
}
