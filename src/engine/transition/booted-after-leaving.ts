import type { DeviceState, Phase, RollingBack } from '../device-state.ts';
import { failureCause } from '../failure-cause.ts';
import { generationText } from '../generation.ts';
import type { BootedEvent } from './booted-event.ts';
import { entryOf } from './entry-of.ts';
import { quarantined } from './go-back.ts';
import { resume } from './resume.ts';
import { rolledBack } from './rolled-back.ts';
import type { Transition } from './rule.ts';

/** A generation that came up so often after it had been left is what this machine starts, whatever its entry says. */
const MAX_RETURNS = 3;

/** The generation to go back to runs. */
export function wentBack(state: DeviceState, { from, cause }: RollingBack, event: BootedEvent): Transition {
  return rolledBack({ ...state, proven: state.running }, from, cause, event);
}

/** The failed generation came up although it was left. Without another that starts it is kept: a machine that runs is better than none. */
export function cameUpAgain(state: DeviceState, phase: RollingBack, event: BootedEvent): Transition {
  const { from, to, cause } = phase;
  // While it was not marked yet it simply started again. A mark that is lost is made again, but not for ever.
  const returns = phase.returns + Number(phase.step === 'restart');
  const isMarked = phase.step === 'restart' && entryOf(event.held, from).kind === 'bad';
  if (!isMarked && returns < MAX_RETURNS) {
    return resume({ ...state, phase: { ...phase, step: 'mark-bad', returns, failures: 0, problem: undefined } });
  }
  const words = `${generationText(to)} does not start any more, so ${generationText(from)} stays although ${cause.summary}`;
  const stays = { ...state, proven: state.running, wayBack: undefined };
  const { name, version, rootHash } = to;
  const rotten = failureCause('rotten', words, cause.details);
  const next: Phase = { kind: 'rolled-back', since: event.at, failed: { name, version, rootHash }, cause: rotten };
  return resume({ ...quarantined({ ...stays, phase: next }, to, rotten, event.at) }, [
    { kind: 'repair-entry', generation: from, standing: 'proven' },
    { kind: 'clear-start-count' },
  ]);
}
