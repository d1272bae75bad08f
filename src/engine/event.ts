import type { CheckReason, InstallStep, Moment, Objection } from './device-state.ts';
import type { HeldGeneration } from './disk-view.ts';
import type { BootVerdict } from './explain-boot.ts';
import type { FailureCause } from './failure-cause.ts';
import type { Installed, Release } from './generation.ts';

/** What happens to a device. The agent makes them; {@link transition} answers with the next state and what to do. */
export type Event = { readonly at: Moment } & (
  | CheckStarted
  | CheckFailed
  | NothingNewer
  | TargetChosen
  | TargetRefused
  | TargetWithdrawn
  | StepDone
  | StepFailed
  | RetryDue
  | ArmAsked
  | HoldAsked
  | RestartPostponed
  | RestartAllowed
  | HealthHeld
  | HealthFailed
  | RollbackAsked
  | Pinned
  | Unpinned
  | QuarantineLifted
  | EvidenceKept
  | Booted
  | Resumed
);

export type EventKind = Event['kind'];
export type EventOf<Kind extends EventKind> = Extract<Event, { kind: Kind }>;

/** The interval has passed, or somebody asks. */
interface CheckStarted {
  readonly kind: 'check-started';
  readonly by: CheckReason;
}

/** The repository could not be reached or its metadata not verified. */
interface CheckFailed {
  readonly kind: 'check-failed';
  readonly problem: Objection;
}

/** The channel has nothing that this device should run instead of what it runs or holds ready. */
interface NothingNewer {
  readonly kind: 'nothing-newer';
}

/** A release of the channel is to be installed, and `planSpace` found room. */
interface TargetChosen {
  readonly kind: 'target-chosen';
  readonly target: Release;
  readonly slot: number;
  readonly intent: 'hold' | 'arm';
  /** A person's reason to let expired metadata pass, where some had expired: for the record. */
  readonly expiredAllowed?: string | undefined;
}

/** There is a newer release, and this device cannot take it: no room, a requirement, another architecture. */
interface TargetRefused {
  readonly kind: 'target-refused';
  readonly target: Release;
  readonly objections: readonly Objection[];
}

/** What is staged or armed is no longer in the channel, or below the floor: it must not be started. */
interface TargetWithdrawn {
  readonly kind: 'target-withdrawn';
  readonly why: Objection;
}

/** The step effect of this name has been done and is on the disk. */
interface StepDone {
  readonly kind: 'step-done';
  readonly step: StepName;
}

/**
 * `later`: worth trying again (network, a read-back that differed once). `never`: will not become better by itself (manifest does not fit
 * its signature's word, slot too small).
 */
interface StepFailed {
  readonly kind: 'step-failed';
  readonly step: StepName;
  readonly problem: Objection;
  readonly retry: 'later' | 'never';
}

export type StepName = InstallStep | 'install-entry' | 'bless' | 'mark-bad' | 'restart';

/** The time to try a failed step again has come. */
interface RetryDue {
  readonly kind: 'retry-due';
}

/** What was staged only (`update --download-only`) is to be started after all. */
interface ArmAsked {
  readonly kind: 'arm-asked';
}

/** What is on its way is to be staged only: a person asked for `update --download-only` while the schedule's update went on. */
interface HoldAsked {
  readonly kind: 'hold-asked';
}

/** Window, inhibitors or logins forbid a restart now. */
interface RestartPostponed {
  readonly kind: 'restart-postponed';
  readonly reasons: readonly Objection[];
}

interface RestartAllowed {
  readonly kind: 'restart-allowed';
}

/** Every check has held for the whole window. */
interface HealthHeld {
  readonly kind: 'health-held';
}

interface HealthFailed {
  readonly kind: 'health-failed';
  readonly cause: FailureCause;
}

/** A person wants the way back, or ends a probation. */
interface RollbackAsked {
  readonly kind: 'rollback-asked';
  readonly reason?: string | undefined;
}

interface Pinned {
  readonly kind: 'pinned';
  readonly version: string;
  readonly reason?: string | undefined;
}

interface Unpinned {
  readonly kind: 'unpinned';
}

/** A person lets a release be tried again. */
interface QuarantineLifted {
  readonly kind: 'quarantine-lifted';
  readonly version: string;
}

/** Logs and cause of a failure are in `reports/`, and the places they came from (pstore, EFI variable) are cleared. */
interface EvidenceKept {
  readonly kind: 'evidence-kept';
  /** File name in `reports/`. */
  readonly report: string;
}

/** The agent's first event after a start of the machine. `reconcile` makes it. */
interface Booted {
  readonly kind: 'booted';
  readonly bootId: string;
  readonly running: Installed;
  readonly verdict: BootVerdict;
  readonly held: readonly HeldGeneration[];
}

/** The agent was started again within the same boot: what it was at is to be done again. `reconcile` makes it. */
interface Resumed {
  readonly kind: 'resumed';
  readonly held: readonly HeldGeneration[];
}
