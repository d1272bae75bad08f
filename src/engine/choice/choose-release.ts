import { compareVersions } from '../../formats/version-order.ts';
import type { Pin, Quarantine } from '../device-state.ts';
import { type Generation, isSameGeneration, type Release } from '../generation.ts';

/** A release of the channel as its signed metadata describe it. */
export interface ChannelRelease extends Release {
  /** Devices below this version install it before any later one. */
  readonly barrier: boolean;
}

/** What a choice goes by. */
export interface ChoiceInput {
  readonly running: Generation;
  readonly channel: string;
  readonly releases: readonly ChannelRelease[];
  /** Below this version of the system nothing is installed. */
  readonly floor: string | undefined;
  readonly quarantine: readonly Quarantine[];
  readonly pin: Pin | undefined;
}

/** Why a release is not the one. */
export type RejectionCode =
  | 'other-system'
  | 'running'
  | 'older'
  | 'below-floor'
  | 'pinned'
  | 'quarantined'
  | 'behind-barrier'
  | 'superseded';

/** What was thought of one release of the channel; for `status`, which lists them all. */
export interface Consideration {
  readonly version: string;
  readonly verdict: 'chosen' | RejectionCode;
  readonly words: string;
}

/** The release to install, if there is one, and why the others are not. */
export interface Choice {
  readonly release: ChannelRelease | undefined;
  /** One for each release of the channel, the greatest version first. */
  readonly considered: readonly Consideration[];
}

/**
 * The greatest version of the channel that this device may install, unless a barrier comes first: then the lowest barrier above what
 * runs. Never goes below what runs: the ways back are the device's own slots.
 */
export function chooseRelease(input: ChoiceInput): Choice {
  const sorted = input.releases.toSorted((a, b) => compareVersions(b.version, a.version));
  const rejected = new Map(sorted.map((release) => [release, rejection(release, input)]));
  const barrier = nextBarrier(sorted, input);
  const eligible = sorted.filter(
    (release) =>
      rejected.get(release) === undefined &&
      (barrier === undefined || compareVersions(release.version, barrier.version) <= 0),
  );
  // A barrier that may not be installed is not gone around: what lies below it still may.
  const chosen = eligible[0];
  const considered = sorted.map((release): Consideration => {
    const { version } = release;
    if (release === chosen)
      return { version, verdict: 'chosen', words: chosenBecause(input.channel, release === barrier) };
    const reason = rejected.get(release);
    if (reason !== undefined) return { version, ...reason };
    if (barrier !== undefined && compareVersions(version, barrier.version) > 0) {
      return { version, verdict: 'behind-barrier', words: `version ${barrier.version} has to be installed before it` };
    }
    return { version, verdict: 'superseded', words: `version ${chosen?.version} is newer` };
  });
  return { release: chosen, considered };
}

interface Rejection {
  readonly verdict: RejectionCode;
  readonly words: string;
}

/** What speaks against a release by itself. The order matters only for the words: the most lasting reason is told. */
function rejection(release: ChannelRelease, { running, floor, quarantine, pin }: ChoiceInput): Rejection | undefined {
  const { name, version } = release;
  if (name !== running.name)
    return { verdict: 'other-system', words: `it is a release of ${name}, and this is ${running.name}` };
  const order = compareVersions(version, running.version);
  if (order === 0) return sameVersion(release, running);
  if (order < 0) return { verdict: 'older', words: `it is older than ${running.version}, which runs` };
  if (floor !== undefined && compareVersions(version, floor) < 0) {
    return { verdict: 'below-floor', words: `nothing below ${floor} may be installed` };
  }
  const found = quarantine.find(({ generation }) => isSameGeneration(generation, release));
  if (found !== undefined)
    return { verdict: 'quarantined', words: `it was tried and set aside: ${found.cause.summary}` };
  if (pin !== undefined && compareVersions(version, pin.version) > 0) {
    return {
      verdict: 'pinned',
      words: `the device is pinned to ${pin.version}${pin.reason === undefined ? '' : `: ${pin.reason}`}`,
    };
  }
  return undefined;
}

/** The version that runs; with other contents it is somebody's mistake, and a device cannot tell which of the two is meant. */
function sameVersion(release: ChannelRelease, running: Generation): Rejection {
  if (isSameGeneration(release, running)) return { verdict: 'running', words: 'it runs' };
  return {
    verdict: 'running',
    words: 'this version runs with other contents: a release is published anew under a higher version',
  };
}

/** The lowest barrier above what runs, whether it may be installed or not. */
function nextBarrier(sorted: readonly ChannelRelease[], { running }: ChoiceInput): ChannelRelease | undefined {
  return sorted.findLast(
    ({ name, version, barrier }) => barrier && name === running.name && compareVersions(version, running.version) > 0,
  );
}

function chosenBecause(channel: string, isBarrier: boolean): string {
  return isBarrier
    ? 'it has to be installed before any later one'
    : `it is the newest that channel ${channel} has for this device`;
}
