import type { DeviceState } from '../../engine/device-state.ts';
import type { Generation } from '../../engine/generation.ts';
import type { Device } from '../device/device.ts';
import { forgetMedium } from '../sources/medium.ts';
import { clearManifests } from './kept-manifest.ts';
import { clearScratch } from './scratch.ts';

/** Removes downloads and manifests that nothing needs: what runs, what is proven, the way back and a target in flight keep theirs. */
export function cleanUp({ paths }: Pick<Device, 'paths'>, { running, proven, wayBack, phase }: DeviceState): void {
  const inFlight: Generation[] = 'target' in phase && phase.kind !== 'refused' ? [phase.target] : [];
  const behind: Generation[] = phase.kind === 'checking' && 'target' in phase.behind ? [phase.behind.target] : [];
  const target = [...inFlight, ...behind];
  clearScratch(paths, target);
  clearManifests(paths, [running, proven, ...(wayBack === undefined ? [] : [wayBack]), ...target]);
  if (target.length === 0) forgetMedium(paths.medium);
}
