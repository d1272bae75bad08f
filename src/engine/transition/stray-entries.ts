import type { DeviceState } from '../device-state.ts';
import type { HeldGeneration } from '../disk-view.ts';
import type { Effect } from '../effect.ts';
import { type Generation, isSameGeneration } from '../generation.ts';

/**
 * What is to be done with entries that would start what must not be: of releases that were let go, whose removal was interrupted, and of ones that
 * were set aside, whose mark was lost. A newer one of these would come before the generation that is wanted.
 */
export function strayEntries(state: DeviceState, held: readonly HeldGeneration[]): Effect[] {
  const { running, proven, wayBack, quarantine } = state;
  const wanted = [running, proven, ...(wayBack === undefined ? [] : [wayBack]), ...inQuestion(state)];
  return held.flatMap((one): Effect[] => {
    if (wanted.some((other) => isSameGeneration(other, one))) return [];
    const { name, version, rootHash } = one;
    const generation = { name, version, rootHash };
    if (one.entry.kind === 'counted') return [{ kind: 'remove-entry', generation }];
    const isSetAside = quarantine.some((entry) => isSameGeneration(entry.generation, one));
    return one.entry.kind === 'proven' && isSetAside ? [{ kind: 'repair-entry', generation, standing: 'bad' }] : [];
  });
}

/** The generation that the phase is about, whose entry the phase itself looks after. */
function inQuestion({ phase }: DeviceState): Generation[] {
  switch (phase.kind) {
    case 'staged':
    case 'armed':
    case 'restarting':
    case 'probation':
    case 'blessing':
      return [phase.target];
    case 'checking':
      return 'target' in phase.behind && phase.behind.kind !== 'refused' ? [phase.behind.target] : [];
    case 'rolling-back':
      return [phase.from, phase.to];
    case 'rolled-back':
      return [phase.failed];
    default:
      return [];
  }
}
