import { compareVersions } from '../../formats/version-order.ts';
import type { Checking, Objection } from '../device-state.ts';
import { isSameGeneration, type Target } from '../generation.ts';
import { type ChannelRelease, type Choice, type ChoiceInput, chooseRelease } from './choose-release.ts';

/** What a verified answer of the repository comes to. */
export type CheckVerdict =
  /** Nothing to install; what is staged or armed may be started. */
  | { readonly kind: 'nothing-newer'; readonly choice: Choice }
  /** To be installed, if its manifest fits the device and there is room. */
  | { readonly kind: 'candidate'; readonly choice: Choice; readonly release: ChannelRelease }
  /** What is staged or armed must not be started any more. */
  | { readonly kind: 'withdrawn'; readonly choice: Choice; readonly why: Objection };

/** Chooses, with regard to what is held ready already. */
export function judgeCheck({ behind }: Pick<Checking, 'behind'>, input: ChoiceInput): CheckVerdict {
  const choice = chooseRelease(input);
  const { release } = choice;
  const held = behind.kind === 'staged' || behind.kind === 'armed' ? behind.target : undefined;
  if (held === undefined)
    return release === undefined ? { kind: 'nothing-newer', choice } : { kind: 'candidate', choice, release };
  if (release !== undefined) return { kind: 'candidate', choice, release };
  return { kind: 'withdrawn', choice, why: whyWithdrawn(held, input) };
}

function whyWithdrawn(held: Target, { releases, floor, channel }: ChoiceInput): Objection {
  const code = 'withdrawn';
  if (floor !== undefined && compareVersions(held.version, floor) < 0) {
    return { code, message: `${held.version} is below ${floor}, and nothing below that may be installed` };
  }
  const listed = releases.some((release) => isSameGeneration(release, held));
  return {
    code,
    message: listed
      ? `${held.version} may not be installed any more`
      : `channel ${channel} no longer has ${held.version}`,
  };
}
