import type { HistoryItem } from '../../model/device-report.ts';
import type { DeviceState } from '../device-state.ts';
import { generationText, isSameGeneration } from '../generation.ts';
import type { JournalEntry } from '../journal.ts';

/** What a person wants to know of a journal: one item for each thing that changed what the device runs or will run. Oldest first. */
export function historyOf(entries: readonly JournalEntry[]): HistoryItem[] {
  return entries.flatMap((entry, index) => {
    const told = tell(entry, entries[index - 1]?.state);
    return told === undefined ? [] : [{ at: new Date(entry.at).toISOString(), ...told }];
  });
}

type Told = Omit<HistoryItem, 'at'>;

/** What an entry is worth telling, if anything; `before` is undefined for the first that there is. */
function tell({ event, state }: JournalEntry, before: DeviceState | undefined): Told | undefined {
  const { phase, running, pin } = state;
  if (event.kind === 'pinned' && pin !== undefined) {
    const words = `pinned to ${pin.version}${pin.reason === undefined ? '' : `: ${pin.reason}`}`;
    return { what: 'pinned', version: pin.version, words };
  }
  if (event.kind === 'unpinned') return { what: 'unpinned', version: running.version, words: 'the pin was taken away' };
  if (before !== undefined && !isSameGeneration(before.proven, state.proven) && phase.kind === 'proven') {
    return {
      what: 'proven',
      version: state.proven.version,
      words: `${generationText(state.proven)} has proved itself`,
    };
  }
  const isNew = before === undefined || before.phase.kind !== phase.kind || event.kind === 'booted';
  if (!isNew) return undefined;
  switch (phase.kind) {
    case 'downloading':
      if (event.kind !== 'target-chosen') return undefined;
      return about(
        'update-began',
        phase.target,
        `the update to ${generationText(phase.target)} began${allowed(event)}`,
      );
    case 'staged':
      if (event.kind === 'booted') return undefined;
      return about('staged', phase.target, `${generationText(phase.target)} is in its slot, read back and whole`);
    case 'armed':
      if (event.kind !== 'step-done' || before?.phase.kind === 'restarting') return undefined;
      return about('armed', phase.target, `${generationText(phase.target)} is what starts next`);
    case 'probation': {
      const { target, start } = phase;
      return about('started', target, `${generationText(target)} started for the ${ordinal(start)} time, on probation`);
    }
    case 'refused': {
      const why = phase.objections.map(({ message }) => message).join('; ');
      return about('refused', phase.target, `${generationText(phase.target)} cannot be installed: ${why}`);
    }
    case 'rolling-back': {
      const { from, to, cause } = phase;
      return about(
        'going-back',
        from,
        `going back from ${generationText(from)} to ${generationText(to)}: ${cause.summary}`,
      );
    }
    case 'rolled-back': {
      if (before?.phase.kind === 'rolled-back') return undefined;
      const { failed, cause } = phase;
      return about(
        'rolled-back',
        failed,
        `${generationText(running)} runs instead of ${generationText(failed)}: ${cause.summary}`,
      );
    }
    default: {
      const failure = state.lastFailure;
      const fresh = event.kind === 'booted' && failure !== undefined && failure.at !== before?.lastFailure?.at;
      if (!fresh) return undefined;
      return about(
        'crashed',
        failure.generation,
        `${generationText(failure.generation)} was restarted: ${failure.cause.summary}`,
      );
    }
  }
}

/** That expired metadata were let pass, and why (design.md §8: an explicit, recorded flag). */
function allowed(event: JournalEntry['event']): string {
  const reason = 'expiredAllowed' in event ? event.expiredAllowed : undefined;
  return typeof reason === 'string' ? `, by metadata that had expired: ${reason}` : '';
}

function about(what: HistoryItem['what'], { version }: { readonly version: string }, words: string): Told {
  return { what, version, words };
}

function ordinal(count: number): string {
  return ['first', 'second', 'third'][count - 1] ?? `${count}th`;
}
