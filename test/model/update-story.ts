import { commitSlot } from '../../src/agent/slots/commit-slot.ts';
import { markBad, markProven } from '../../src/agent/slots/count-entry.ts';
import { readBack } from '../../src/agent/slots/read-back.ts';
import type { RecoveryFacts } from '../../src/agent/slots/recover-disk.ts';
import { retireSlot } from '../../src/agent/slots/retire-slot.ts';
import type { SlotDisk } from '../../src/agent/slots/slot-disk.ts';
import { type SlotPiece, writeSlot } from '../../src/agent/slots/write-slot.ts';
import { type Uuid, uuid } from '../../src/formats/uuid.ts';
import { randomFrom } from '../../src/model/random.ts';
import { type BootOutcome, bootOutcome } from './boot-oracle.ts';
import { type CrashBounds, crashStates } from './crash-states.ts';
import { ModelDisk, type Sectors } from './model-disk.ts';
import { ModelEsp, type RenameOrder } from './model-esp.ts';
import {
  arm,
  type ModelMachine,
  type ModelRelease,
  type ModelSlot,
  modelMachine,
  modelRelease,
} from './model-machine.ts';

export const TRIES = 3;
const TARGET_SLOT = 1;

export const OLD = modelRelease('2');
export const NEW = modelRelease('4');
export const OLDER = modelRelease('1');
const BAD = modelRelease('3');
export const RELEASES = [OLD, NEW, OLDER, BAD];
export const RUNNING: ModelSlot = { release: OLD, entry: 'sample_2.efi' };

/**
 * What the other slot holds when the update begins, and how the names in `EFI/Linux` lie on the sectors: across a bound is the name that is
 * renamed to, the one that is removed, or the temporary one.
 */
export const BEGINNINGS: Record<string, { readonly slot: ModelSlot; readonly padding: number }> = {
  'an older release': { slot: { release: OLDER, entry: 'sample_1.efi' }, padding: 8 },
  'a newer release that is marked bad': { slot: { release: BAD, entry: 'sample_3+0-3.efi' }, padding: 11 },
  nothing: { slot: 'empty', padding: 9 },
};

export const FACTS: RecoveryFacts = {
  standing: (rootHash) =>
    rootHash === OLD.rootHash
      ? 'proven'
      : rootHash === NEW.rootHash
        ? 'on-trial'
        : rootHash === BAD.rootHash
          ? 'bad'
          : 'unknown',
  tries: TRIES,
};

/** What happens to the entry of a generation on trial. */
export const RENAMES: Record<string, (bench: Bench) => void> = {
  'the loader counts a start': ({ esp }) =>
    esp.renameByFirmware('EFI/Linux/sample_4+3.efi', 'EFI/Linux/sample_4+2-1.efi'),
  'the new generation is blessed': (bench) => markProven(bench.hands(NEW), NEW),
  'the new generation is marked bad': (bench) => markBad(bench.hands(NEW), NEW),
};
/** With these the name that goes, the one that comes, or none spans two sectors. */
export const TRIAL_PADDINGS = [2, 7, 8, 10, 11];

/** One machine in one state, with the agent's hands on it. */
export class Bench {
  readonly disk: ModelDisk;
  readonly esp: ModelEsp;
  readonly #machine: ModelMachine;
  readonly #order: RenameOrder;
  /** What lies over the machine's first state. */
  readonly over: readonly Sectors[];
  #uuids = 0;

  constructor(machine: ModelMachine, order: RenameOrder, over: readonly Sectors[] = []) {
    this.#machine = machine;
    this.#order = order;
    this.over = over;
    this.disk = new ModelDisk(machine.size, [machine.sectors, ...over]);
    this.esp = new ModelEsp(this.disk, machine.esp.start, machine.esp.size, order);
  }

  /** The same machine after a power cut that left these sectors. */
  after(sectors: Sectors): Bench {
    return new Bench(this.#machine, this.#order, [...this.over, sectors]);
  }

  boots(): BootOutcome {
    return bootOutcome(this.disk, this.#machine.known);
  }

  hands(running: ModelRelease): SlotDisk {
    return { device: this.disk, esp: this.esp, running: running.rootHash };
  }

  readonly random = (): Uuid => uuid(`aaaaaaaa-0000-4000-8000-${String(++this.#uuids).padStart(12, '0')}`);

  /** Design.md §6's order, as the engine asks for it. */
  async update(): Promise<void> {
    const disk = this.hands(OLD);
    retireSlot(disk, TARGET_SLOT, this.random);
    await writeSlot(disk, TARGET_SLOT, pieces(NEW));
    await readBack(disk, TARGET_SLOT, { rootHash: NEW.rootHash, salt: NEW.salt, imageBytes: NEW.image.length });
    commitSlot(disk, TARGET_SLOT, NEW);
    await arm(disk, NEW, TRIES);
  }

  states(bounds: CrashBounds, seed: number) {
    const before = new ModelDisk(this.disk.size, this.disk.layers);
    return crashStates(this.disk.epochs, (sector) => before.read(sector * 512, 512), bounds, randomFrom(seed));
  }
}

function* pieces({ image, tree }: ModelRelease): Generator<SlotPiece> {
  for (let offset = 0; offset < image.length; offset += 16_384) {
    yield { part: 'data', offset, bytes: image.subarray(offset, offset + 16_384) };
  }
  yield { part: 'tree', offset: 0, bytes: tree };
}

/** A machine that has updated itself and was switched on again, the loader's count included. */
export async function onTrial(order: RenameOrder, padding: number): Promise<Bench> {
  const bench = new Bench(modelMachine([RUNNING, 'empty'], RELEASES, padding), order);
  await bench.update();
  return bench.after(flattened(bench));
}

/** All that was written to a bench's disk, flushed or not: what differs from the machine's first state. */
export function flattened({ disk, over }: Bench): Sectors {
  const sectors = new Map<number, Buffer>();
  for (const layer of over) for (const [sector, bytes] of layer) sectors.set(sector, bytes);
  for (const epoch of disk.epochs) for (const { sector, bytes } of epoch) sectors.set(sector, bytes);
  return sectors;
}
