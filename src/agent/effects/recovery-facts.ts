import type { DeviceState } from '../../engine/device-state.ts';
import type { Sha256 } from '../../model/digest.ts';
import type { RecoveryFacts } from '../slots/recover-disk.ts';

/** How the generations stand by the state of the device; nothing is known without one. */
export function recoveryFacts(state: DeviceState | undefined, tries: number): RecoveryFacts {
  return { standing: (rootHash) => (state === undefined ? 'unknown' : standing(state, rootHash)), tries };
}

function standing(
  { proven, wayBack, phase, quarantine }: DeviceState,
  rootHash: Sha256,
): ReturnType<RecoveryFacts['standing']> {
  if (phase.kind === 'rolling-back' && phase.from.rootHash === rootHash) return 'bad';
  if (proven.rootHash === rootHash || wayBack?.rootHash === rootHash) return 'proven';
  // A release that is tried once more, because a person said so, stands as what it is now.
  if ('target' in phase && phase.kind !== 'refused' && phase.target.rootHash === rootHash) return 'on-trial';
  return quarantine.some(({ generation }) => generation.rootHash === rootHash) ? 'bad' : 'unknown';
}
