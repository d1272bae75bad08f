import { formatBootEntry } from '../../formats/boot-entry.ts';
import type { CheckedEntry } from '../../formats/fat/check-fat32.ts';
import { planFatRepair } from '../../formats/fat/plan-fat-repair.ts';
import type { Partition } from '../../formats/gpt/partition-table.ts';
import type { Sha256 } from '../../model/digest.ts';
import { ENTRY_FOLDER, type EntryFile, readEspFiles, TEMPORARY_SUFFIX } from './esp-files.ts';
import { removeEntry } from './remove-entry.ts';
import type { SlotDisk } from './slot-disk.ts';
import { readSlotLayout } from './slot-layout.ts';
import { writeTable } from './write-table.ts';

/** What the journal knows, which a disk that lost power cannot tell: a missing counter proves nothing. */
export interface RecoveryFacts {
  /** How the generation with this root hash stands; `unknown` when the journal has nothing of it. */
  readonly standing: (rootHash: Sha256) => 'proven' | 'on-trial' | 'bad' | 'unknown';
  /** Tries that a generation on trial gets when its counter is lost. */
  readonly tries: number;
}

/**
 * Finishes or cleans up what a power cut left of any step of an update, of the loader's counting and of blessing; nothing is done on a
 * disk that is sound. Interrupted itself, it is to be run again. Returns what was done, in words.
 *
 * - A copy of the partition table that is damaged or says something else is written from the one that holds.
 * - A file under two names keeps one of them; clusters of nobody are freed (on the unmounted volume, {@link planFatRepair}).
 * - Temporary files go, and entries that no firmware can read, or that no slot has the image for.
 * - A boot image that lost its long name gets it back, with the counter that the journal knows. Of two files for one generation one stays.
 *
 * A slot whose generation has no entry is left: it starts nothing, and the engine knows whether to go on or to give it up.
 *
 * Throws `partition-table-invalid`, `disk-unsupported`, `image-corrupt`, `esp-unusable`.
 */
export async function recoverDisk(disk: SlotDisk, facts: RecoveryFacts): Promise<string[]> {
  const { device, esp } = disk;
  esp.sync();
  const done = repairTable(disk);
  const layout = readSlotLayout(device);
  const held = new Set(layout.slots.flatMap(({ content }) => (content.kind === 'release' ? [content.rootHash] : [])));
  let espFiles = readEspFiles(device, layout.esp);
  if (espFiles.volume.problems.length > 0) {
    done.push(...(await repairEsp(disk, layout.esp, facts)));
    espFiles = readEspFiles(device, layout.esp);
  }
  const { files } = espFiles;
  const entries = new Map<Sha256, EntryFile[]>();
  for (const file of files) {
    const why = uselessness(file, held);
    if (why !== undefined) {
      removeEntry(esp, file.path);
      done.push(`removed ${file.path}: ${why}`);
      continue;
    }
    const rootHash = file.identity?.rootHash;
    if (rootHash !== undefined) entries.set(rootHash, [...(entries.get(rootHash) ?? []), file]);
  }
  for (const [rootHash, its] of entries) done.push(...settleNames(disk, facts, rootHash, its));
  return done;
}

function repairTable({ device }: SlotDisk): string[] {
  if (readSlotLayout(device).parsed.copies === 'equal') return [];
  writeTable(device, new Map());
  return ['made the two copies of the partition table equal'];
}

async function repairEsp({ device, esp }: SlotDisk, partition: Partition, facts: RecoveryFacts): Promise<string[]> {
  const done: string[] = [];
  await esp.offline(() => {
    // Unmounting writes too: what is repaired is what lies there now.
    const { volume, files } = readEspFiles(device, partition);
    const known = new Map(files.map((file) => [file.checked, file]));
    const { phases, removed } = planFatRepair(
      volume,
      (names) => names.toSorted((a, b) => rank(b, known, facts) - rank(a, known, facts))[0]!,
    );
    for (const phase of phases) {
      for (const { offset, bytes } of phase) device.write(partition.start + offset, bytes);
      device.flush();
    }
    if (phases.length > 0) done.push('repaired the EFI system partition');
    done.push(...removed.map((path) => `removed the name ${path}`));
  });
  return done;
}

/**
 * Which of several names for one file stays: one that an entry should have, rather than an 8.3 alias (which is renamed later), rather than a
 * temporary one. Of two counters the later one, since a try that was taken is not given back by a power cut; none at all only
 * when the journal has it proven.
 */
function rank(entry: CheckedEntry, files: ReadonlyMap<CheckedEntry, EntryFile>, { standing }: RecoveryFacts): number {
  const file = files.get(entry);
  // A loader under its own name and a temporary one.
  if (file === undefined) return entry.path.toLowerCase().endsWith(TEMPORARY_SUFFIX) ? 0 : 5;
  if (file.standing.kind !== 'entry') return file.standing.kind === 'nameless' ? 1 : 0;
  const { tries } = file.standing.entry;
  const rootHash = file.identity?.rootHash;
  const proven = rootHash !== undefined && standing(rootHash) === 'proven';
  if (tries === undefined) return proven ? 4 : 2;
  return proven ? 2 : 3 + 1 / (1 + tries.left);
}

/** Why a file starts nothing that is there; undefined when it does. */
function uselessness({ standing, identity, checked }: EntryFile, held: ReadonlySet<Sha256>): string | undefined {
  if (standing.kind === 'temporary') return 'its writing was interrupted';
  if (standing.kind === 'foreign') return checked.record.size === 0 ? 'it is empty' : undefined;
  if (identity === undefined) return 'it is no boot image';
  if (identity.rootHash === undefined || held.has(identity.rootHash)) return undefined;
  return 'no slot holds its image';
}

/** One file for a generation, under a name with the counter that it should have. */
function settleNames({ esp }: SlotDisk, facts: RecoveryFacts, rootHash: Sha256, files: readonly EntryFile[]): string[] {
  const done: string[] = [];
  const order = (file: EntryFile): number =>
    rank(file.checked, new Map(files.map((known) => [known.checked, known])), facts);
  const [kept, ...others] = files.toSorted((a, b) => order(b) - order(a));
  for (const { path } of others) {
    removeEntry(esp, path);
    done.push(`removed ${path}: ${kept?.file} is the same generation`);
  }
  const { name, version } = kept?.identity ?? {};
  if (kept?.standing.kind !== 'nameless' || name === undefined || version === undefined) return done;
  const tries = { proven: undefined, bad: { left: 0, done: 0 }, 'on-trial': counted(facts), unknown: counted(facts) };
  const target = `${ENTRY_FOLDER}/${formatBootEntry({ name, version, tries: tries[facts.standing(rootHash)] })}`;
  esp.rename(kept.path, target);
  esp.sync();
  return [...done, `renamed ${kept.path} to ${target}`];
}

function counted({ tries }: RecoveryFacts): { left: number; done: number } {
  return { left: tries, done: 0 };
}
