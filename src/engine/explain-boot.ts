import type { Sha256 } from '../model/digest.ts';
import { type FailureCause, failureCause } from './failure-cause.ts';

/** What the agent finds after a start of the machine about how the start before it ended. */
export interface BootEvidence {
  /** Kernel messages of a panic that pstore kept, oldest first; empty when there was none. */
  readonly panics: readonly PanicRecord[];
  /** What the hardware watchdog says of the last reset (`bootstatus` of the watchdog device); many cannot say. */
  readonly watchdog: 'reset-by-it' | 'not-by-it' | 'unknown';
  /** The EFI variable `AshlarBootFailure`: an initrd that could not open its root left why. */
  readonly initrdFailure?: InitrdFailure | undefined;
  /** systemd restarted the machine because the probation's deadline had passed, and nobody had judged. */
  readonly deadline?: { readonly rootHash?: Sha256 | undefined } | undefined;
  /** The start before this one went down in good order: the marker that the last unit to stop leaves names its boot id. */
  readonly shutdown: 'clean' | 'unclean';
}

export interface PanicRecord {
  /** Last lines of the kernel's log. */
  readonly lines: readonly string[];
  /** The root hash of the kernel's command line, when the record goes back that far. */
  readonly rootHash?: Sha256 | undefined;
}

export interface InitrdFailure {
  readonly reason: string;
  readonly rootHash?: Sha256 | undefined;
}

/**
 * How the start before this one ended. Without evidence of failure and without the marker of a clean end it is `inconclusive`: most
 * likely somebody cut the power.
 */
export type BootVerdict =
  | { readonly kind: 'clean' }
  | { readonly kind: 'inconclusive' }
  | {
      readonly kind: 'failed';
      readonly cause: FailureCause;
      /** Whose failure it was, where the evidence says so. */
      readonly rootHash?: Sha256 | undefined;
    };

/**
 * Weighs the evidence (design.md §8): the nearest to the cause comes first. An initrd that gave up names its root hash and its
 * reason; a panic has the kernel's words; the deadline and the watchdog only say that nobody answered. Evidence outweighs the marker of a
 * clean end, which tells of the last of several starts only.
 */
export function explainBoot(evidence: BootEvidence): BootVerdict {
  const { initrdFailure, deadline, panics, watchdog, shutdown } = evidence;
  if (initrdFailure !== undefined) {
    const { reason, rootHash } = initrdFailure;
    return { kind: 'failed', cause: failureCause('initrd', `the boot image gave up: ${reason}`), rootHash };
  }
  const panic = panics.at(-1);
  if (panic !== undefined) {
    const words = panic.lines.find((line) => PANIC_LINE.test(line))?.replace(PANIC_LINE, '');
    const summary = `the kernel panicked: ${words ?? 'the record does not say why'}`;
    return { kind: 'failed', cause: failureCause('panic', summary, panic.lines), rootHash: panic.rootHash };
  }
  if (deadline !== undefined) {
    const summary = 'the deadline of the probation passed before its health was judged';
    return { kind: 'failed', cause: failureCause('deadline', summary), rootHash: deadline.rootHash };
  }
  if (watchdog === 'reset-by-it') {
    const summary = 'the hardware watchdog restarted the machine: it no longer answered';
    return { kind: 'failed', cause: failureCause('watchdog', summary) };
  }
  return { kind: shutdown === 'clean' ? 'clean' : 'inconclusive' };
}

/** The kernel's own words (kernel/panic.c): `Kernel panic - not syncing: <why>`, after whatever the log puts in front. */
const PANIC_LINE = /^.*Kernel panic - not syncing: /;
