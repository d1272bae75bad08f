import type { FailureCause } from './failure-cause.ts';
import type { Generation, Installed, Release, Target } from './generation.ts';

/** A time: milliseconds since 1970, as the device believes. It orders and tells; nothing is decided by comparing it with a trusted one. */
export type Moment = number;

/**
 * All that the engine knows of a device. It is written into every journal entry as it is, so it stays small; what the disk itself tells
 * (slots, entries) is not repeated here.
 */
export interface DeviceState {
  /** What this boot runs. */
  readonly running: Installed;
  /** The last generation that proved itself. Its slot is never written while it is not known that another one starts. */
  readonly proven: Installed;
  /** Another generation that has proved itself and can still be started from its slot: where `rollback` goes. */
  readonly wayBack?: Installed | undefined;
  readonly phase: Phase;
  /** Never installed again by itself. */
  readonly quarantine: readonly Quarantine[];
  readonly pin?: Pin | undefined;
  /** The last generation that was not kept, and why. */
  readonly lastFailure?: Failure | undefined;
  readonly checks: CheckRecord;
}

/** Where the device is in design.md §8's course: one kind each. */
export type Phase =
  | Proven
  | Refused
  | Checking
  | Downloading
  | Staged
  | Armed
  | Restarting
  | Probation
  | Blessing
  | RollingBack
  | RolledBack;

export type PhaseKind = Phase['kind'];
export type PhaseOf<Kind extends PhaseKind> = Extract<Phase, { kind: Kind }>;

/** At rest on a proven generation. */
export interface Proven {
  readonly kind: 'proven';
  readonly since: Moment;
}

/** At rest on a proven generation, although there is a newer one: it cannot be installed here. */
export interface Refused {
  readonly kind: 'refused';
  readonly since: Moment;
  readonly target: Target;
  /** In words, at least one. */
  readonly objections: readonly Objection[];
  /**
   * It was seen while it was installed, after most of it had been fetched. The schedule leaves the release alone until the machine starts again, as
   * it would be fetched for nothing each time.
   */
  readonly tried?: true | undefined;
}

/** Why something is not done: a stable name, and words with the numbers in them. */
export interface Objection {
  readonly code: string;
  readonly message: string;
}

/** Asking the repository. What was at rest before goes on when there is nothing newer. */
export interface Checking {
  readonly kind: 'checking';
  readonly since: Moment;
  readonly by: CheckReason;
  readonly behind: Resting;
}

/** `medium`: `update --from`. */
export type CheckReason = 'schedule' | 'operator' | 'medium';
export type Resting = Proven | Refused | Staged | Armed;

/** The target goes into its slot, one step after the other. */
export interface Downloading {
  readonly kind: 'downloading';
  readonly since: Moment;
  readonly target: Release;
  /** Index of the slot that is written. */
  readonly slot: number;
  readonly intent: 'hold' | 'arm';
  readonly step: InstallStep;
  /** How often the step has failed in a row, and why the last time. */
  readonly failures: number;
  /** How often the slot gave back something else than was written. */
  readonly misreads: number;
  readonly problem?: Objection | undefined;
}

/**
 * Design.md §6's order up to the partition table. `fetch`: manifest, tree and boot image into scratch space, verified. `retire`: the
 * slot's entry goes, then its UUIDs and label. `write`: data and tree. `read-back`: past the page cache, against the root hash. `commit`:
 * UUIDs into the table.
 */
export const INSTALL_STEPS = ['fetch', 'retire', 'write', 'read-back', 'commit'] as const;
export type InstallStep = (typeof INSTALL_STEPS)[number];

/** The slot holds the target, read back and named in the partition table; no entry with tries starts it yet. */
export interface Staged {
  readonly kind: 'staged';
  readonly since: Moment;
  readonly target: Target;
  readonly slot: number;
  /** `arm`: its entry is being installed. */
  readonly intent: 'hold' | 'arm';
  readonly round: Round;
  readonly failures: number;
  readonly problem?: Objection | undefined;
}

/** The next start is the target's. */
export interface Armed {
  readonly kind: 'armed';
  readonly since: Moment;
  readonly target: Target;
  readonly slot: number;
  readonly round: Round;
  /** Why the machine has not restarted yet. */
  readonly waiting: readonly Objection[];
  /** How often in a row it was told to restart and did not; undefined: never. */
  readonly refusals?: number | undefined;
}

/** 2: a first round of tries ended without evidence; the generation was armed once more. */
export type Round = 1 | 2;

/** A restart into the target has been asked for. */
export interface Restarting {
  readonly kind: 'restarting';
  readonly since: Moment;
  readonly target: Target;
  readonly slot: number;
  readonly round: Round;
  /** As of {@link Armed}. */
  readonly refusals?: number | undefined;
}

/** The target runs, and has to show that it is healthy. */
export interface Probation {
  readonly kind: 'probation';
  readonly since: Moment;
  readonly target: Target;
  readonly slot: number;
  readonly round: Round;
  /** Which start of the target this is, from 1. */
  readonly start: number;
}

/** Health has held; the entry is made permanent. */
export interface Blessing {
  readonly kind: 'blessing';
  readonly since: Moment;
  readonly target: Target;
  readonly slot: number;
  readonly round: Round;
  readonly failures: number;
  readonly problem?: Objection | undefined;
}

/** On the way from the running generation to the way back: first its entry is marked bad, then the machine restarts. */
export interface RollingBack {
  readonly kind: 'rolling-back';
  readonly since: Moment;
  readonly from: Installed;
  readonly to: Installed;
  readonly cause: FailureCause;
  readonly step: 'mark-bad' | 'restart';
  /** How often the failed generation has come up again after a restart that should have left it. */
  readonly returns: number;
  readonly failures: number;
  readonly problem?: Objection | undefined;
}

/** The older generation runs; what is known of the failure is being kept. */
export interface RolledBack {
  readonly kind: 'rolled-back';
  readonly since: Moment;
  readonly failed: Generation;
  readonly cause: FailureCause;
}

export interface Failure {
  readonly generation: Generation;
  readonly cause: FailureCause;
  readonly at: Moment;
  /** File name in `/var/lib/ashlar/reports`, once the logs have been kept. */
  readonly report?: string | undefined;
}

/** A release and the cause for which it is not installed again. */
export interface Quarantine {
  readonly generation: Generation;
  readonly cause: FailureCause;
  readonly since: Moment;
}

/** Stay on what runs, or go to `version` and no further. */
export interface Pin {
  readonly version: string;
  readonly since: Moment;
  readonly reason?: string | undefined;
}

export interface CheckRecord {
  /** How many checks have failed in a row: what the back-off counts. */
  readonly failures: number;
  /** When the repository last gave a verified answer. */
  readonly succeeded?: Moment | undefined;
  readonly problem?: Objection | undefined;
}
