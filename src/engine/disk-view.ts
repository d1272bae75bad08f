import type { BootTries } from '../formats/boot-entry.ts';
import type { Sha256 } from '../model/digest.ts';

/** What the disk of a device holds, read from its partition table and its ESP: all that `reconcile` and the planners know of it. */
export interface DiskView {
  /** In the order of the partition table; at least one. */
  readonly slots: readonly SlotView[];
  /** Files of `EFI/Linux` that are boot entries of an Ashlar system by name. */
  readonly entries: readonly EntryView[];
  /** Files of `EFI/Linux` that interrupted writes left: temporary names, names that lost their long form. Paths from the ESP's root. */
  readonly leftovers: readonly { readonly path: string; readonly bytes: number }[];
  readonly esp: EspView;
  readonly table: TableCondition;
  /** File name in `EFI/Linux` of the entry that the boot loader would choose now; undefined when there is none. */
  readonly next: string | undefined;
}

export interface SlotView {
  /** From 0: the n-th pair of data and hash tree partition. */
  readonly index: number;
  readonly content: SlotContent;
  /** Sizes of the two partitions in bytes. */
  readonly dataBytes: number;
  readonly treeBytes: number;
  /** True for the slot that the running system was started from. */
  readonly running: boolean;
}

/**
 * By label and UUIDs alone, no block is read: `release` says what the partition table promises. `unknown` is anything else, such as
 * two halves that do not belong together.
 */
export type SlotContent =
  | { readonly kind: 'empty' }
  | { readonly kind: 'release'; readonly name: string; readonly version: string; readonly rootHash: Sha256 }
  | { readonly kind: 'unknown'; readonly why: string };

export interface EntryView {
  /** File name in `EFI/Linux`. */
  readonly file: string;
  readonly name: string;
  readonly version: string;
  /** Undefined: proven, not counted. */
  readonly tries: BootTries | undefined;
  /** `roothash=` of the boot image's command line; undefined when the file cannot be read as a boot image. */
  readonly rootHash: Sha256 | undefined;
  /** Size of the file. */
  readonly bytes: number;
}

/** The EFI system partition as a file system (statfs). */
export interface EspView {
  readonly freeBytes: number;
  readonly clusterBytes: number;
  readonly writable: boolean;
}

/** `repairable`: one copy of the table is damaged or the two differ, and the other one is whole. */
export type TableCondition =
  | { readonly kind: 'sound' }
  | { readonly kind: 'repairable'; readonly damaged: 'primary' | 'backup'; readonly why: string };

/** Where a generation's boot entry stands. */
export type EntryStanding =
  | { readonly kind: 'none' }
  | { readonly kind: 'proven' }
  | { readonly kind: 'counted'; readonly left: number; readonly done: number }
  | { readonly kind: 'bad' };

/** What a slot holds with the entry that starts it: {@link DiskView} from the side of the generations. */
export interface HeldGeneration {
  readonly name: string;
  readonly version: string;
  readonly rootHash: Sha256;
  readonly slot: number;
  readonly entry: EntryStanding;
}

/**
 * The generations that the disk holds. An entry belongs to the slot whose root hash it opens. Of two entries for one slot (a rename that
 * a power cut doubled) the one counts that the loader prefers: uncounted, then tries left, then bad.
 */
export function heldGenerations(view: DiskView): HeldGeneration[] {
  return view.slots.flatMap(({ index, content }) => {
    if (content.kind !== 'release') return [];
    const { name, version, rootHash } = content;
    const standings = view.entries.filter((entry) => entry.rootHash === rootHash).map(entryStanding);
    const entry = PREFERENCE.flatMap((kind) => standings.filter((standing) => standing.kind === kind))[0];
    return [{ name, version, rootHash, slot: index, entry: entry ?? { kind: 'none' as const } }];
  });
}

const PREFERENCE: readonly EntryStanding['kind'][] = ['proven', 'counted', 'bad'];

/** What the counters of an entry say (UAPI Boot Loader Specification, “Boot counting”). */
export function entryStanding({ tries }: Pick<EntryView, 'tries'>): EntryStanding {
  if (tries === undefined) return { kind: 'proven' };
  return tries.left === 0 ? { kind: 'bad' } : { kind: 'counted', left: tries.left, done: tries.done };
}
