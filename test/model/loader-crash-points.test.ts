/** The loader is tried beside the old one, and takes its place once it is proven: at every crash point one of the two starts what it should. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FirmwareVariables } from '../../src/agent/firmware/firmware-variables.ts';
import { readEspFile } from '../../src/agent/loader/replace-file.ts';
import { adoptLoader, tryLoader } from '../../src/agent/loader/update-loader.ts';
import { recoverDisk } from '../../src/agent/slots/recover-disk.ts';
import { parseLoadOption } from '../../src/formats/efi/load-option.ts';
import { LOADER_PATHS } from '../../src/formats/loader-paths.ts';
import { sha256 } from '../../src/model/digest.ts';
import { type BootOutcome, bootOutcome } from './boot-oracle.ts';
import { modelMachine } from './model-machine.ts';
import { boundsOfRun, THOROUGHNESS } from './thoroughness.ts';
import { Bench, FACTS, flattened, OLD, RELEASES, RUNNING } from './update-story.ts';

const { fallback, own } = LOADER_PATHS.amd64;
const NEW_LOADER = Buffer.alloc(11_000, 'a newer loader');
const BOUNDS = boundsOfRun({ allSubsets: 256, samples: 40, torn: 40 });
const SEED = 5;
const STARTED_FROM_OWN = '\\EFI\\SYSTEMD\\SYSTEMD-BOOTX64.EFI';

const machine = modelMachine([RUNNING, 'empty'], RELEASES, 2);
const known = { ...machine.known, loaders: new Set([...machine.known.loaders, sha256(NEW_LOADER)]) };
const starts = ({ disk }: Bench, loaders: readonly string[]): BootOutcome => bootOutcome(disk, known, loaders);

/** Variables in memory, with what was done to them. */
function memoryFirmware(): FirmwareVariables & { readonly values: Map<string, Buffer> } {
  const values = new Map<string, Buffer>();
  return {
    values,
    list: () => [...values.keys()],
    read: (name) => values.get(name),
    write: async (name, value) => void values.set(name, Buffer.from(value)),
    remove: async (name) => void values.delete(name),
  };
}

const updateOf = (bench: Bench, firmware: FirmwareVariables) =>
  ({ disk: bench.hands(OLD), firmware, architecture: 'amd64' }) as const;

/** Has the new loader beside the old one. */
async function tried(): Promise<{ readonly bench: Bench; readonly firmware: ReturnType<typeof memoryFirmware> }> {
  const bench = new Bench(machine, 'file-first');
  const firmware = memoryFirmware();
  await tryLoader(updateOf(bench, firmware), NEW_LOADER);
  return { bench: bench.after(flattened(bench)), firmware };
}

test('it is tried once, by an option of its own that is in no order', async () => {
  const { bench, firmware } = await tried();
  assert.ok(readEspFile(bench.hands(OLD), own)?.equals(NEW_LOADER));
  assert.equal(firmware.values.get('BootNext')?.readUInt16LE(0), 0);
  const option = parseLoadOption(firmware.values.get('Boot0000')!);
  assert.deepEqual([option?.path, option?.partition.number], [own, 1]);
  assert.equal(firmware.values.get('BootOrder'), undefined);
});

test('the same loader is not tried, and an option that is there is used again', async () => {
  const { bench, firmware } = await tried();
  firmware.values.delete('BootNext');
  const same = readEspFile(bench.hands(OLD), fallback)!;
  assert.equal(await tryLoader(updateOf(bench, firmware), same), 'same');
  assert.equal(firmware.values.get('BootNext'), undefined);
  assert.equal(await tryLoader(updateOf(bench, firmware), Buffer.alloc(500, 'another')), 'next-start');
  assert.deepEqual([...firmware.values.keys()], ['Boot0000', 'BootNext']);
});

test('it is adopted only when the machine was started by it', async () => {
  const { bench, firmware } = await tried();
  const before = readEspFile(bench.hands(OLD), fallback)!;
  for (const startedFrom of [undefined, '\\EFI\\BOOT\\BOOTX64.EFI', 'EFI']) {
    assert.equal(await adoptLoader(updateOf(bench, firmware), startedFrom), 'not-tried');
    assert.ok(readEspFile(bench.hands(OLD), fallback)?.equals(before));
  }
  firmware.values.set('BootOrder', Buffer.from([7, 0, 9, 0]));
  assert.equal(await adoptLoader(updateOf(bench, firmware), STARTED_FROM_OWN), 'adopted');
  assert.ok(readEspFile(bench.hands(OLD), fallback)?.equals(NEW_LOADER));
  assert.deepEqual(firmware.values.get('BootOrder'), Buffer.from([7, 0, 9, 0]));
  assert.equal(await adoptLoader(updateOf(bench, firmware), STARTED_FROM_OWN), 'same');
});

test('every crash point of trying: what starts by itself is the old loader', async (context) => {
  const bench = new Bench(machine, 'file-first');
  await tryLoader(updateOf(bench, memoryFirmware()), NEW_LOADER);
  let states = 0;
  for (const state of bench.states(BOUNDS, SEED)) {
    const after = bench.after(state.sectors);
    assert.equal(starts(after, [fallback]).kind, 'boots', state.name);
    await recoverDisk(after.hands(OLD), FACTS);
    await tryLoader(updateOf(after, memoryFirmware()), NEW_LOADER);
    assert.ok(readEspFile(after.hands(OLD), own)?.equals(NEW_LOADER), state.name);
    states++;
  }
  context.diagnostic(`${states} states (${THOROUGHNESS})`);
});

test('every crash point of adopting: the tried loader is first in the order, or the other one is whole', async (context) => {
  const { bench, firmware } = await tried();
  const orders: (Buffer | undefined)[] = [];
  const watched: FirmwareVariables = {
    ...firmware,
    write: async (name, value) => {
      await firmware.write(name, value);
      orders.push(firmware.read('BootOrder'));
    },
  };
  await adoptLoader(updateOf(bench, watched), STARTED_FROM_OWN);
  // The order is changed before the first write to the disk, and changed back after the last flush.
  assert.equal(orders[0]?.readUInt16LE(0), 0);
  let states = 0;
  for (const state of bench.states(BOUNDS, SEED)) {
    const after = bench.after(state.sectors);
    assert.equal(starts(after, [own, fallback]).kind, 'boots', state.name);
    await recoverDisk(after.hands(OLD), FACTS);
    const its = memoryFirmware();
    await adoptLoader(updateOf(after, its), STARTED_FROM_OWN);
    assert.ok(readEspFile(after.hands(OLD), fallback)?.equals(NEW_LOADER), state.name);
    assert.equal(starts(after, [fallback]).kind, 'boots', state.name);
    assert.equal(its.values.get('BootOrder'), undefined);
    states++;
  }
  context.diagnostic(`${states} states (${THOROUGHNESS})`);
});
