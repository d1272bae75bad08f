import { compareVersions } from '../../formats/version-order.ts';
import type { DeviceState } from '../device-state.ts';
import { type Generation, isSameGeneration } from '../generation.ts';
import type { BootedEvent } from './booted-event.ts';

/** What runs now, and what the disk still holds of the rest. */
export function settle(state: DeviceState, { running, held }: BootedEvent): DeviceState {
  const proven = held.find((generation) => isSameGeneration(generation, state.proven));
  const settled = { ...state, running, proven: { ...state.proven, slot: proven?.slot ?? state.proven.slot } };
  return { ...settled, wayBack: findWayBack(settled, { held }) };
}

/**
 * What the loader would start if the running generation were not: the newest older one whose entry has no counter. Without one it is
 * the remembered way back, as long as any entry starts it.
 */
function findWayBack(state: DeviceState, { held }: Pick<BootedEvent, 'held'>): DeviceState['wayBack'] {
  const { phase } = state;
  const inQuestion = 'target' in phase ? [phase.target] : phase.kind === 'rolled-back' ? [phase.failed] : [];
  const others = held.filter(
    (generation) =>
      ![state.running, state.proven, ...inQuestion].some((one) => isSameGeneration(one, generation)) &&
      !isQuarantined(state, generation),
  );
  const { wayBack } = state;
  const [newest] = others
    .filter(({ entry, version }) => entry.kind === 'proven' && compareVersions(version, state.running.version) < 0)
    .toSorted((a, b) => compareVersions(b.version, a.version));
  const found =
    newest ?? (wayBack && others.find((one) => isSameGeneration(one, wayBack) && one.entry.kind !== 'none'));
  if (found === undefined) return undefined;
  const { name, version, rootHash, slot } = found;
  return { name, version, rootHash, slot };
}

function isQuarantined(state: DeviceState, generation: Generation): boolean {
  return state.quarantine.some((entry) => isSameGeneration(entry.generation, generation));
}
