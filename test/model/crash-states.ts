import { SECTOR_BYTES } from '../../src/formats/gpt/partition-table.ts';
import type { Random } from '../../src/model/random.ts';
import type { Sectors, SectorWrite } from './model-disk.ts';

/** What a power cut left on a disk. */
export interface CrashState {
  /** Which flush was not reached, and what of the writes before it is there. */
  readonly name: string;
  /** What differs from the disk before the first write. */
  readonly sectors: Sectors;
}

/** How much of a flush's writes is enumerated. */
export interface CrashBounds {
  /** Up to so many subsets, all of them. */
  readonly allSubsets: number;
  /** Else so many drawn at random, beside the ones that are always tried. */
  readonly samples: number;
  /** So many with one sector torn. */
  readonly torn: number;
}

/** The contents that a sector has had since the last flush, the oldest first. */
type Versions = { readonly sector: number; readonly versions: readonly Buffer[] };

/** Torn at these places: where directory entries begin, and in the middle of one. */
const TEAR_STEP_BYTES = 16;

/**
 * Every state that a power cut may leave after the writes of `epochs`, of which all but the last were flushed in order, up to the bounds:
 *
 * - what was flushed is there; of what was not, each sector is as it was before or as any of the writes to it made it, whatever the
 *   others are (a disk's cache, and the page cache before it, keep no order);
 * - one sector may be torn: its beginning new and its end old, or the other way round.
 *
 * @param before a sector before the first write.
 *
 * Beyond `allSubsets` combinations: every prefix in the order of writing, each sector alone there and alone missing, and random ones.
 */
export function* crashStates(
  epochs: readonly (readonly SectorWrite[])[],
  before: (sector: number) => Buffer,
  bounds: CrashBounds,
  random: Random,
): Generator<CrashState> {
  const flushed = new Map<number, Buffer>();
  yield { name: 'before the first write', sectors: new Map() };
  for (const [number, writes] of epochs.entries()) {
    const dirty = versionsOf(writes);
    const seen = new Set<string>();
    for (const { name, choice, torn } of choices(writes, dirty, bounds, random)) {
      const key = `${choice.join()} ${torn?.sector} ${torn?.name}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const sectors = new Map(flushed);
      for (const [index, { sector, versions }] of dirty.entries()) {
        const version = choice[index]!;
        if (version > 0) sectors.set(sector, versions[version - 1]!);
      }
      if (torn !== undefined) sectors.set(torn.sector, torn.tear(sectors.get(torn.sector) ?? before(torn.sector)));
      yield { name: `flush ${number}: ${name}`, sectors };
    }
    for (const { sector, bytes } of writes) flushed.set(sector, bytes);
  }
}

/**
 * One of the states of {@link crashStates}, drawn at random: for disks whose states are too many to go through.
 *
 * @param epoch which of `epochs` was not flushed.
 */
export function drawCrashState(
  epochs: readonly (readonly SectorWrite[])[],
  epoch: number,
  before: (sector: number) => Buffer,
  random: Random,
): CrashState {
  const sectors = new Map<number, Buffer>();
  for (const writes of epochs.slice(0, epoch)) for (const { sector, bytes } of writes) sectors.set(sector, bytes);
  const dirty = versionsOf(epochs[epoch] ?? []);
  // Few, about half, or most are there: a fair coin for each of many sectors would never give the first and the last.
  const there = random.pick([2, 5, 8]);
  const choice = dirty.map(({ versions }) => (random.chance(there, 10) ? 1 + random.below(versions.length) : 0));
  const torn = random.chance(1, 4) && dirty.length > 0 ? tornChoice(dirty, [choice], random) : undefined;
  for (const [index, { sector, versions }] of dirty.entries()) {
    const version = (torn?.choice ?? choice)[index]!;
    if (version > 0) sectors.set(sector, versions[version - 1]!);
  }
  if (torn?.torn !== undefined) {
    const { sector, tear } = torn.torn;
    sectors.set(sector, tear(sectors.get(sector) ?? before(sector)));
  }
  return { name: `flush ${epoch}: ${there} in 10 of ${dirty.length} sectors, ${torn?.name ?? 'none torn'}`, sectors };
}

interface Choice {
  readonly name: string;
  /** Of each dirty sector: 0 as it was, n as its n-th write made it. */
  readonly choice: readonly number[];
  readonly torn?: { readonly sector: number; readonly name: string; readonly tear: (old: Buffer) => Buffer };
}

function* choices(
  writes: readonly SectorWrite[],
  dirty: readonly Versions[],
  bounds: CrashBounds,
  random: Random,
): Generator<Choice> {
  const none = dirty.map(() => 0);
  const all = dirty.map(({ versions }) => versions.length);
  const combinations = all.reduce((product, count) => Math.min(product * (count + 1), Number.MAX_SAFE_INTEGER), 1);
  yield { name: 'all', choice: all };
  if (combinations <= bounds.allSubsets) {
    for (let number = 0; number < combinations; number++)
      yield { name: `subset ${number}`, choice: mixedRadix(number, all) };
  } else {
    for (let cut = 0; cut <= writes.length; cut++)
      yield { name: `first ${cut} writes`, choice: prefix(writes.slice(0, cut), dirty) };
    for (let index = 0; index < dirty.length; index++) {
      yield { name: `only sector ${dirty[index]!.sector}`, choice: none.with(index, all[index]!) };
      yield { name: `all but sector ${dirty[index]!.sector}`, choice: all.with(index, 0) };
    }
    for (let sample = 0; sample < bounds.samples; sample++) {
      yield { name: `sample ${sample}`, choice: all.map((count) => random.below(count + 1)) };
    }
  }
  for (let count = 0; count < bounds.torn && dirty.length > 0; count++) yield tornChoice(dirty, [none, all], random);
}

function tornChoice(dirty: readonly Versions[], others: readonly (readonly number[])[], random: Random): Choice {
  const index = random.below(dirty.length);
  const { sector, versions } = dirty[index]!;
  const version = random.below(versions.length);
  const cut = TEAR_STEP_BYTES * (1 + random.below(SECTOR_BYTES / TEAR_STEP_BYTES - 1));
  const newFirst = random.chance(1, 2);
  const name = `torn at ${cut} of version ${version}, ${newFirst ? 'new' : 'old'} first`;
  const tear = (old: Buffer): Buffer => {
    const [head, tail] = newFirst ? [versions[version]!, old] : [old, versions[version]!];
    return Buffer.concat([head.subarray(0, cut), tail.subarray(cut)]);
  };
  // What is torn lies over what it replaces: the write before it, or what was there.
  return {
    name: `sector ${sector} ${name}`,
    choice: random.pick(others).with(index, version),
    torn: { sector, name, tear },
  };
}

function versionsOf(writes: readonly SectorWrite[]): Versions[] {
  return [...Map.groupBy(writes, ({ sector }) => sector)].map(([sector, its]) => ({
    sector,
    versions: its.map(({ bytes }) => bytes),
  }));
}

function prefix(writes: readonly SectorWrite[], dirty: readonly Versions[]): number[] {
  const counts = new Map<number, number>();
  for (const { sector } of writes) counts.set(sector, (counts.get(sector) ?? 0) + 1);
  return dirty.map(({ sector }) => counts.get(sector) ?? 0);
}

/** The digits of `number`, each from 0 to its own limit. */
function mixedRadix(number: number, limits: readonly number[]): number[] {
  let rest = number;
  return limits.map((limit) => {
    const digit = rest % (limit + 1);
    rest = Math.floor(rest / (limit + 1));
    return digit;
  });
}
