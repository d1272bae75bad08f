import { setTimeout } from 'node:timers/promises';
import type { DeviceState, PhaseOf, Resting } from '../../engine/device-state.ts';
import type { Effect, EffectOf } from '../../engine/effect.ts';
import type { BootEvidence } from '../../engine/explain-boot.ts';
import type { HealthVerdict } from '../../engine/health/judge-health.ts';
import { retryDelay } from '../../engine/schedule/retry-delay.ts';
import { uuid } from '../../formats/uuid.ts';
import type { Hands } from '../daemon/conductor.ts';
import type { EventBody } from '../daemon/event-body.ts';
import type { Device } from '../device/device.ts';
import { clearEvidence } from '../evidence/gather-evidence.ts';
import { commitSlot } from '../slots/commit-slot.ts';
import { giveTryBack, markBad, markProven } from '../slots/count-entry.ts';
import { ENTRY_FOLDER } from '../slots/esp-files.ts';
import { inspectDisk } from '../slots/inspect-disk.ts';
import { recoverDisk } from '../slots/recover-disk.ts';
import { removeEntry } from '../slots/remove-entry.ts';
import { retireSlot } from '../slots/retire-slot.ts';
import { forgetMedium } from '../sources/medium.ts';
import { announceHealthy, blessRunning } from './bless-running.ts';
import { type CheckAnswer, checkRepository } from './check-repository.ts';
import { cleanUp } from './clean-up.ts';
import { fetchRelease } from './fetch-release.ts';
import { installBootEntry } from './install-boot-entry.ts';
import { judgeRunning } from './judge-running.ts';
import { keepEvidence } from './keep-evidence.ts';
import { objectionOf } from './objection-of.ts';
import { Patience } from './patience.ts';
import { recoveryFacts } from './recovery-facts.ts';
import { restartMachine } from './restart-machine.ts';
import { retryAfterSeconds } from './retry-after.ts';
import { runStep } from './run-step.ts';
import { clearScratch } from './scratch.ts';
import { type RestartWish, seekRestart } from './seek-restart.ts';
import { readImageBack, writeImage } from './write-image.ts';

export interface HandsOptions {
  readonly device: Device;
  /** The state as the engine has it now. */
  readonly state: () => DeviceState;
  /** What was seen when the machine started. */
  readonly evidence: BootEvidence;
  readonly wish: RestartWish & {
    /** What is to be done with a release that is found. */
    readonly intent: () => 'hold' | 'arm';
    readonly allowExpired: () => string | undefined;
  };
  readonly onAnswer: (answer: CheckAnswer) => void;
  readonly onVerdict: (verdict: HealthVerdict) => void;
}

const EVIDENCE_RETRY_MILLISECONDS = 5 * 60_000;

/** Carries out effects on the real machine. `retryAfter`: for how many seconds a server that failed last wants to be left alone. */
export function createHands({
  device,
  state,
  evidence,
  wish,
  onAnswer,
  onVerdict,
}: HandsOptions): Hands & { readonly retryAfter: () => number } {
  let retryAfter = 0;
  const patience = new Patience();

  const check = async (by: PhaseOf<'checking'>['by'], signal: AbortSignal): Promise<EventBody | undefined> => {
    const { phase } = state();
    if (phase.kind !== 'checking') return undefined;
    try {
      // A stick that brought an update once is asked for nothing of the next one: what it has may be damaged, and would be in its way.
      if (by !== 'medium' && !isHeld(phase.behind)) forgetMedium(device.paths.medium);
      const request = { by, behind: phase.behind, allowExpired: wish.allowExpired() };
      const answer = await checkRepository(device, state(), request, signal);
      retryAfter = 0;
      onAnswer(answer);
      const event = eventOf(answer, wish.intent());
      const expiredAllowed = answer.channel.expired.length > 0 ? request.allowExpired : undefined;
      return event.kind === 'target-chosen' && expiredAllowed !== undefined ? { ...event, expiredAllowed } : event;
    } catch (error) {
      retryAfter = retryAfterSeconds(error);
      return { kind: 'check-failed', problem: objectionOf(error) };
    }
  };

  const step = async (
    effect: Extract<Effect, { kind: Parameters<typeof runStep>[0] }>,
    signal: AbortSignal,
  ): Promise<EventBody | undefined> => {
    const answer = await runStep(effect.kind, signal, async () => {
      try {
        await work(effect, signal);
      } catch (error) {
        retryAfter = retryAfterSeconds(error);
        throw error;
      }
    });
    device.progress(undefined);
    return answer;
  };

  const work = (effect: Parameters<typeof step>[0], signal: AbortSignal): Promise<void> => {
    switch (effect.kind) {
      case 'fetch':
        // What was begun of releases that were given up has no claim to the space.
        clearScratch(device.paths, [effect.target]);
        return fetchRelease(device, effect.target, effect.slot, signal);
      case 'retire':
        return device.withDisk(async (disk) => {
          retireSlot(disk, effect.slot, () => uuid(crypto.randomUUID()));
          await recoverDisk(disk, recoveryFacts(state(), device.config.tries));
        });
      case 'write':
        return writeImage(device, effect.target, effect.slot, signal);
      case 'read-back':
        return readImageBack(device, effect.target, effect.slot, signal);
      case 'commit':
        return device.withDisk((disk) => commitSlot(disk, effect.slot, effect.target));
      case 'install-entry':
        return installBootEntry(device, effect.target, signal);
      case 'bless':
        return blessRunning(device, effect.target);
      case 'mark-bad':
        return device.withDisk((disk) => markBad(disk, effect.generation));
      case 'restart':
        return restartMachine(device, effect.into, signal);
    }
  };

  /** A full disk may have room later; until then nothing is cleared. */
  const keepEvidenceAtLast = async (
    { failed, cause }: EffectOf<'keep-evidence'>,
    signal: AbortSignal,
  ): Promise<EventBody | undefined> => {
    while (!signal.aborted) {
      try {
        const report = await keepEvidence(device, failed, cause, evidence);
        await clearEvidence(device.paths, device.run).catch((error) => {
          // Firmware that keeps its variables must not keep the machine from its updates: they are read, and told of, once more then.
          device.log(`what is known of the failure is kept, but not cleared: ${objectionOf(error).message}`);
        });
        return { kind: 'evidence-kept', report };
      } catch (error) {
        device.log(`the report on ${failed.name} ${failed.version} cannot be kept: ${objectionOf(error).message}`);
        await setTimeout(EVIDENCE_RETRY_MILLISECONDS, undefined, { signal }).catch(() => {});
      }
    }
    return undefined;
  };

  return {
    retryAfter: () => retryAfter,
    async perform(effect, signal, tell) {
      switch (effect.kind) {
        case 'check':
          return check(effect.by, signal);
        case 'schedule-retry': {
          const seconds = retryDelay(effect.failures, device.random(), retryAfter);
          await setTimeout(seconds * 1000, undefined, { signal }).catch(() => {});
          return { kind: 'retry-due' };
        }
        case 'seek-restart': {
          const { phase } = state();
          return phase.kind === 'armed'
            ? seekRestart(device, phase.target.rootHash, patience, wish, signal, tell)
            : undefined;
        }
        case 'judge-health':
          return judgeRunning(device, effect.target, signal, onVerdict);
        case 'keep-evidence':
          return keepEvidenceAtLast(effect, signal);
        case 'remove-entry':
          await device.withDisk((disk) => {
            for (const { file, rootHash } of inspectDisk(disk).entries) {
              if (rootHash === effect.generation.rootHash) removeEntry(disk.esp, `${ENTRY_FOLDER}/${file}`);
            }
          });
          return undefined;
        case 'give-try-back':
          await device.withDisk((disk) => giveTryBack(disk, effect.generation));
          return undefined;
        case 'repair-entry': {
          const mark = effect.standing === 'bad' ? markBad : markProven;
          await device.withDisk((disk) => mark(disk, effect.generation));
          return undefined;
        }
        case 'clear-start-count':
          await announceHealthy(device);
          return undefined;
        case 'clean-up':
          cleanUp(device, state());
          return undefined;
        case 'stop-work':
        case 'stop-judging':
          return undefined;
        default:
          return step(effect, signal);
      }
    },
  };
}

/** Something is installed that may still need a file of where it came from. */
function isHeld({ kind }: Resting): boolean {
  return kind === 'staged' || kind === 'armed';
}

function eventOf({ outcome }: CheckAnswer, intent: 'hold' | 'arm'): EventBody {
  switch (outcome.kind) {
    case 'nothing-newer':
      return { kind: 'nothing-newer' };
    case 'withdrawn':
      return { kind: 'target-withdrawn', why: outcome.why };
    case 'refused':
      return { kind: 'target-refused', target: outcome.target, objections: outcome.objections };
    case 'chosen':
      return { kind: 'target-chosen', target: outcome.target, slot: outcome.slot, intent };
  }
}
