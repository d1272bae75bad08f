import type { DeviceState, Downloading, Phase, RollingBack } from '../device-state.ts';
import type { Effect, StepEffect } from '../effect.ts';

/** What is to be done in a phase, from its beginning or again: all of it is idempotent. */
export function resumeEffects(phase: Phase): readonly Effect[] {
  switch (phase.kind) {
    case 'proven':
    case 'refused':
      return [];
    case 'checking':
      return [{ kind: 'check', by: phase.by }];
    case 'downloading':
      return [installStep(phase)];
    case 'staged':
      return phase.intent === 'arm' ? [{ kind: 'install-entry', target: phase.target, slot: phase.slot }] : [];
    case 'armed':
      return [{ kind: 'seek-restart' }];
    case 'restarting':
      return [{ kind: 'restart', into: phase.target }];
    case 'probation':
      return [{ kind: 'judge-health', target: phase.target }];
    case 'blessing':
      return [{ kind: 'bless', target: phase.target }];
    case 'rolling-back':
      return [rollBackStep(phase)];
    case 'rolled-back': {
      const { failed, cause } = phase;
      return [
        { kind: 'repair-entry', generation: failed, standing: 'bad' },
        { kind: 'keep-evidence', failed, cause },
      ];
    }
  }
}

/** What is still to be done with the evidence of a failure that was told of but not kept yet. */
export function unkeptEvidence({ lastFailure }: DeviceState): readonly Effect[] {
  if (lastFailure === undefined || lastFailure.report !== undefined) return [];
  return [{ kind: 'keep-evidence', failed: lastFailure.generation, cause: lastFailure.cause }];
}

/** `state` with what is to be done in its phase. */
export function resume(state: DeviceState, before: readonly Effect[] = []) {
  return { state, effects: [...before, ...resumeEffects(state.phase)] };
}

function installStep({ step, target, slot }: Downloading): StepEffect {
  return step === 'retire' ? { kind: step, slot } : { kind: step, target, slot };
}

function rollBackStep({ step, from, to }: RollingBack): StepEffect {
  return step === 'mark-bad' ? { kind: step, generation: from } : { kind: step, into: to };
}
