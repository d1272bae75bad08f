import { readFileSync, statfsSync } from 'node:fs';
import type { ChannelRelease, Choice } from '../../engine/choice/choose-release.ts';
import { judgeCheck } from '../../engine/choice/judge-check.ts';
import { judgeManifest } from '../../engine/choice/judge-manifest.ts';
import type { CheckReason, DeviceState, Objection, Resting } from '../../engine/device-state.ts';
import { isSameGeneration, type Release } from '../../engine/generation.ts';
import { planSpace } from '../../engine/space/plan-space.ts';
import { spaceNeeds } from '../../engine/space/space-needs.ts';
import { AshlarError } from '../../model/error.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { RepositoryReader } from '../../store/transport/repository-reader.ts';
import { refreshTrust, type TrustedChannel } from '../../trust/client/refresh-trust.ts';
import type { TrustedRelease } from '../../trust/client/trusted-release.ts';
import type { Device } from '../device/device.ts';
import { recordedChecks } from '../health/recorded-checks.ts';
import { inspectDisk } from '../slots/inspect-disk.ts';
import { readMedium } from '../sources/medium.ts';
import { fetchManifest } from './fetch-manifest.ts';
import { objectionOf } from './objection-of.ts';
import type { ChosenDetails } from './preview-update.ts';
import { scratchBytes } from './scratch.ts';

export interface CheckRequest {
  readonly by: CheckReason;
  /** What is at rest behind the check. */
  readonly behind: Resting;
  /** With `medium`: the place to ask instead of the one that was remembered. */
  readonly place?: string | undefined;
  /** A person's reason to let expired metadata pass. */
  readonly allowExpired?: string | undefined;
}

/** What a repository was found to have for this device. */
export interface CheckAnswer {
  /** The place that answered. */
  readonly source: string;
  readonly channel: TrustedChannel;
  /** What was thought of each release. */
  readonly choice: Choice;
  readonly outcome: CheckOutcome;
}

export type CheckOutcome =
  | { readonly kind: 'nothing-newer' }
  | {
      readonly kind: 'chosen';
      readonly target: Release;
      readonly slot: number;
      /** Undefined when it is installed already. */
      readonly details?: ChosenDetails | undefined;
    }
  | { readonly kind: 'refused'; readonly target: Release; readonly objections: readonly Objection[] }
  | { readonly kind: 'withdrawn'; readonly why: Objection };

/**
 * Asks the repository, verifies what it says, chooses, and proves that there is room: nothing but the metadata of the repository is written. Throws
 * what `refreshTrust` throws, and `repository-unreachable` when none of the configured places answers.
 */
export async function checkRepository(
  device: Device,
  state: DeviceState,
  request: CheckRequest,
  signal: AbortSignal,
): Promise<CheckAnswer> {
  const { behind } = request;
  const { reader, channel } = await askInTurn(device, request, signal);
  const { running, quarantine, pin } = state;
  const verdict = judgeCheck(
    { behind },
    {
      running,
      channel: channel.channel,
      releases: channel.releases.map(channelRelease),
      floor: channel.floor(running.name),
      quarantine,
      pin,
    },
  );
  const answer = { source: reader.describe(), channel, choice: verdict.choice };
  switch (verdict.kind) {
    case 'nothing-newer':
      return { ...answer, outcome: { kind: 'nothing-newer' } };
    case 'withdrawn':
      return { ...answer, outcome: { kind: 'withdrawn', why: verdict.why } };
    case 'candidate':
      return { ...answer, outcome: await judgeCandidate(device, state, behind, verdict.release, reader, signal) };
  }
}

/** Of several places the next is asked when one cannot be reached; what one of them says wrongly is told, not passed over. */
async function askInTurn(
  device: Device,
  { by, place, allowExpired }: CheckRequest,
  signal: AbortSignal,
): Promise<{ reader: RepositoryReader; channel: TrustedChannel }> {
  const medium = place ?? readMedium(device.paths.medium);
  const places = by === 'medium' && medium !== undefined ? [medium] : device.config.repositories;
  let unreachable: unknown;
  for (const each of places) {
    try {
      const reader = device.openSource(each);
      const channel = await refreshTrust({
        store: device.trust,
        source: reader,
        builtInRoot: readFileSync(device.paths.builtInRoot),
        channel: device.config.channel,
        now: new Date(device.now()),
        signal,
        ...(allowExpired === undefined ? {} : { allowExpired }),
      });
      return { reader, channel };
    } catch (error) {
      if (!(error instanceof AshlarError) || error.code !== 'repository-unreachable') throw error;
      unreachable ??= error;
    }
  }
  throw (
    unreachable ??
    new AshlarError('repository-unreachable', 'This system has no repository to ask.', {
      hint: 'Name a directory with a repository: ashlar update --from /media/stick',
    })
  );
}

function channelRelease({ name, version, manifest, custom }: TrustedRelease): ChannelRelease {
  return { name, version, rootHash: custom.rootHash, manifest, barrier: custom.barrier ?? false };
}

async function judgeCandidate(
  device: Device,
  state: DeviceState,
  behind: Resting,
  { name, version, rootHash, manifest: reference }: ChannelRelease,
  reader: RepositoryReader,
  signal: AbortSignal,
): Promise<CheckOutcome> {
  const target: Release = { name, version, rootHash, manifest: reference };
  if ((behind.kind === 'staged' || behind.kind === 'armed') && isSameGeneration(behind.target, target)) {
    return { kind: 'chosen', target, slot: behind.slot };
  }
  const { manifest } = await fetchManifest(reader, target, signal);
  const unfit = [...judgeManifest(manifest, target, device.image), ...judgeChecks(manifest)];
  if (unfit.length > 0) return { kind: 'refused', target, objections: unfit };
  const scratchFreeBytes = freeBytes(device.paths.state) + scratchBytes(device.paths);
  const plan = await device.withDisk((disk) =>
    planSpace({
      state,
      view: inspectDisk(disk),
      target,
      needs: spaceNeeds(manifest),
      scratchFreeBytes,
    }),
  );
  return plan.kind === 'fits'
    ? {
        kind: 'chosen',
        target,
        slot: plan.slot,
        details: { manifest, reader, reclaims: plan.reclaims, scratchFreeBytes },
      }
    : { kind: 'refused', target, objections: plan.objections };
}

/** A release whose health this agent could not judge would never be proven. */
function judgeChecks({ healthChecks }: Manifest): Objection[] {
  try {
    recordedChecks(healthChecks);
    return [];
  } catch (error) {
    return [objectionOf(error)];
  }
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
