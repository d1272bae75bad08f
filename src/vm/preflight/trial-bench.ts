import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../model/random.ts';
import { copyDisk } from '../copy-disk.ts';
import type { Stage, Stages } from './stages.ts';
import type { TriedMachineOptions } from './tried-machine.ts';
import type { TriedRelease } from './tried-release.ts';

/** What a trial has to work with. */
export interface TrialBench {
  readonly release: TriedRelease;
  /** The release that devices have now. */
  readonly previous: TriedRelease | undefined;
  readonly stages: Stages;
  /** The image of the private repository, which has both releases; undefined when there is nothing to update to. */
  readonly repository: string | undefined;
  /** A folder for this trial's machine. */
  readonly folder: string;
  /** A file for what its machine says. */
  readonly log: string;
  /** Decides what is left to chance; the same seed decides the same. */
  readonly random: Random;
  readonly signal?: AbortSignal | undefined;
}

/** Why a release cannot be updated to in a trial; undefined when it can. */
export function updateObstacle({ previous, release }: Pick<TrialBench, 'previous' | 'release'>): string | undefined {
  if (previous === undefined) return 'there is no release before it to update from';
  if (previous.updates === undefined) return `${previous.manifest.version} does not update itself: it has no agent`;
  if (release.updates === undefined) return 'it has no agent that could go back';
  return undefined;
}

/** A machine of the trial's own, which goes on from `stage`: with a copy of its disk, a raw image, and of what its firmware remembers. */
export async function machineAt(
  { release, repository, folder, log, signal }: TrialBench,
  stage: Stage,
  onReset: TriedMachineOptions['onReset'],
): Promise<TriedMachineOptions> {
  const image = join(folder, 'disk.raw');
  const firmwareVariables = join(folder, 'variables.fd');
  await copyDisk(stage.disk, image, undefined);
  copyFileSync(stage.firmwareVariables, firmwareVariables);
  return {
    disk: { image, writes: 'direct', cache: 'unsafe' },
    repository,
    commandLine: release.manifest.boot.commandLine,
    harness: true,
    firmwareVariables,
    onReset,
    serialLog: log,
    parent: folder,
    signal,
  };
}
