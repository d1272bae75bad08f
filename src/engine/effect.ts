import type { CheckReason } from './device-state.ts';
import type { FailureCause } from './failure-cause.ts';
import type { Generation, Release, Target } from './generation.ts';

/**
 * What the agent is to do, in the order given. Every effect is idempotent: after a crash the engine asks for it again. The state that it
 * belongs to is in the journal, synced, before the first one is begun.
 *
 * A {@link StepEffect} is answered by `step-done` or `step-failed` with its name; it is always the last of its list.
 */
export type Effect = StepEffect | SideEffect;

export type StepEffect =
  /** Manifest, tree, boot image and loader into scratch space, each checked against its size and hash. */
  | { readonly kind: 'fetch'; readonly target: Release; readonly slot: number }
  /** The entries of the slot go (folder synced), then it gets random UUIDs and the label `_empty`. */
  | { readonly kind: 'retire'; readonly slot: number }
  /** Data and tree blocks into the slot, flushed. */
  | { readonly kind: 'write'; readonly target: Release; readonly slot: number }
  /** Both read past the page cache; the root hash must come out. */
  | { readonly kind: 'read-back'; readonly target: Release; readonly slot: number }
  /** UUIDs and label: backup array, backup header, primary array, primary header. */
  | { readonly kind: 'commit'; readonly target: Release; readonly slot: number }
  /**
   * The boot image under a temporary name, synced, renamed to its name with the tries, folder synced. An entry of the target that is there
   * already, whatever its counter, is renamed instead. A loader that differs is put beside the old one and tried once by BootNext.
   */
  | { readonly kind: 'install-entry'; readonly target: Target; readonly slot: number }
  /** The entry loses its counter (systemd-bless-boot), the counter of starts its count; a loader that was tried becomes the fallback too. */
  | { readonly kind: 'bless'; readonly target: Target }
  /** The entry's counter becomes `+0`. */
  | { readonly kind: 'mark-bad'; readonly generation: Generation }
  /** The machine restarts; `into` is what the loader will choose. Answered only when it cannot be done. */
  | { readonly kind: 'restart'; readonly into: Generation };

export type SideEffect =
  /** Ask the repository or the medium, choose, plan space; answered by `check-failed`, `nothing-newer`, `target-chosen` or `target-refused`. */
  | { readonly kind: 'check'; readonly by: CheckReason }
  /** Whatever runs of fetch and write is stopped; what is on the disk stays for next time. */
  | { readonly kind: 'stop-work' }
  /** A failed step is tried again after a pause (`retryDelay`): then comes `retry-due`. */
  | { readonly kind: 'schedule-retry'; readonly failures: number }
  /** Window, inhibitors and logins are looked at, now and whenever they change; answered by `restart-postponed` or `restart-allowed`. */
  | { readonly kind: 'seek-restart' }
  /** The entry of what is no longer wanted goes. */
  | { readonly kind: 'remove-entry'; readonly generation: Generation }
  /** One try is added: the last start was ended in good order. */
  | { readonly kind: 'give-try-back'; readonly generation: Generation }
  /** The health checks begin, from nothing; answered by `health-held` or `health-failed`. */
  | { readonly kind: 'judge-health'; readonly target: Target }
  | { readonly kind: 'stop-judging' }
  /** An entry that is there and stands otherwise is renamed: without a counter, or with `+0`. */
  | { readonly kind: 'repair-entry'; readonly generation: Generation; readonly standing: 'proven' | 'bad' }
  /** The initrd's count of starts is cleared: the proven generation is up. */
  | { readonly kind: 'clear-start-count' }
  /** Scratch files and kept manifests that no bootable generation needs go. */
  | { readonly kind: 'clean-up' }
  /** Kernel log, failed units and checks into `reports/`; then pstore, EFI variable and markers are cleared; answered by `evidence-kept`. */
  | { readonly kind: 'keep-evidence'; readonly failed: Generation; readonly cause: FailureCause };

export type EffectKind = Effect['kind'];
export type EffectOf<Kind extends EffectKind> = Extract<Effect, { kind: Kind }>;
