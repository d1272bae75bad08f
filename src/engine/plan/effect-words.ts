import type { DiskView, SlotView } from '../disk-view.ts';
import type { Effect } from '../effect.ts';
import { generationText } from '../generation.ts';

/** An effect of a plan for a person, in the imperative; undefined for what only tidies up. */
export function effectWords(effect: Effect, { slots }: Pick<DiskView, 'slots'>, tries: number): string | undefined {
  switch (effect.kind) {
    case 'remove-entry':
      return `remove the boot entry of ${generationText(effect.generation)}, which is not wanted any more`;
    case 'fetch':
      return 'fetch its files to /var, and check each against the signed manifest';
    case 'retire':
      return `give up slot ${effect.slot}, which ${held(slots.find(({ index }) => index === effect.slot))}`;
    case 'write':
      return `write the system to slot ${effect.slot}`;
    case 'read-back':
      return 'read it back from the disk and compare its root hash';
    case 'commit':
      return 'name it in the partition table';
    case 'install-entry':
      return `install its boot entry, with ${tries} ${tries === 1 ? 'try' : 'tries'}`;
    case 'seek-restart':
      return 'wait for the maintenance window, for locks, and for who is logged in';
    case 'restart':
      return `restart into ${generationText(effect.into)}, on probation`;
    default:
      return undefined;
  }
}

function held(slot: SlotView | undefined): string {
  const { content } = slot ?? {};
  if (content?.kind === 'release') return `holds ${generationText(content)}: there is no way back to that then`;
  return content?.kind === 'empty' ? 'is empty' : 'holds nothing that is known';
}
