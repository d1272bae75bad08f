import { compareVersions } from '../../formats/version-order.ts';
import type { DeviceState } from '../device-state.ts';
import type { HeldGeneration } from '../disk-view.ts';
import type { Effect } from '../effect.ts';
import { type Generation, isSameGeneration } from '../generation.ts';

/**
 * What is to be done with entries that would start what must not be: of releases that were let go, whose removal was interrupted; of ones that
 * were set aside, whose mark was lost; and of proven ones that are newer than what runs, which somebody or the initrd passed over. The loader
 * would start any of these before the generation that is wanted.
 */
export function strayEntries(state: DeviceState, held: readonly HeldGeneration[]): Effect[] {
  const { running, proven, wayBack, quarantine } = state;
  const looked = [running, proven, ...inQuestion(state)];
  const isAtHome = isSameGeneration(running, proven);
  return held.flatMap((one): Effect[] => {
    if (looked.some((other) => isSameGeneration(other, one))) return [];
    const { name, version, rootHash, entry } = one;
    const generation = { name, version, rootHash };
    const isWayBack = wayBack !== undefined && isSameGeneration(wayBack, one);
    if (entry.kind === 'counted' && !isWayBack) return [{ kind: 'remove-entry', generation }];
    const isSetAside = quarantine.some((other) => isSameGeneration(other.generation, one));
    const isPassedOver = isAtHome && name === running.name && compareVersions(version, running.version) > 0;
    const mustBeBad = entry.kind === 'proven' && (isSetAside || isPassedOver);
    return mustBeBad ? [{ kind: 'repair-entry', generation, standing: 'bad' }] : [];
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
