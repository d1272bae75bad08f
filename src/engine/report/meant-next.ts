import type { DeviceState, Objection } from '../device-state.ts';
import type { DiskView } from '../disk-view.ts';
import { type Generation, generationText } from '../generation.ts';

/** What the next start of the machine is meant to be: what runs, unless something else is armed or gone back to. */
export function meantNext({ phase, running }: Pick<DeviceState, 'phase' | 'running'>): Generation {
  const now = phase.kind === 'checking' ? phase.behind : phase;
  if (now.kind === 'armed' || now.kind === 'restarting') return now.target;
  return now.kind === 'rolling-back' ? now.to : running;
}

/**
 * The warning that a restart, by whoever, would start something else than is meant: an entry that could not be removed or renamed. Undefined when it
 * would not; on probation too, where the loader's last try looks the same.
 */
export function unmeantNext(
  state: Pick<DeviceState, 'phase' | 'running'>,
  { next, entries }: Pick<DiskView, 'next' | 'entries'>,
): Objection | undefined {
  const { kind } = state.phase;
  if (kind === 'probation' || kind === 'blessing' || (kind === 'staged' && state.phase.intent === 'arm'))
    return undefined;
  if (kind === 'rolling-back' && state.phase.step === 'mark-bad') return undefined;
  const meant = meantNext(state);
  if (entries.find(({ file }) => file === next)?.rootHash === meant.rootHash) return undefined;
  return {
    code: 'next-start-differs',
    message: `a restart would start ${next ?? 'nothing'}, not ${generationText(meant)}: see “ashlar doctor”`,
  };
}
