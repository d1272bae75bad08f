import assert from 'node:assert/strict';
import { markProven } from '../../src/agent/slots/count-entry.ts';
import { readEspFiles } from '../../src/agent/slots/esp-files.ts';
import { inspectDisk } from '../../src/agent/slots/inspect-disk.ts';
import { recoverDisk } from '../../src/agent/slots/recover-disk.ts';
import { readSlotLayout } from '../../src/agent/slots/slot-layout.ts';
import type { ModelRelease } from './model-machine.ts';
import { boundsOfRun, THOROUGHNESS } from './thoroughness.ts';
import { type Bench, FACTS, flattened, NEW, OLD, TRIES } from './update-story.ts';

/** Printed with the counts; the same seed finds the same states. */
const SEED = Number(process.env['ASHLAR_SEED'] ?? 20_261_123);
const BOUNDS = boundsOfRun({ allSubsets: 512, samples: 100, torn: 60 });
/** Recovery is cut off in one of so many states, with smaller bounds. */
const CUT_RECOVERY_EVERY = { all: 25, sampled: 100 }[THOROUGHNESS];
/** The update is done again, to its end, in one of so many states of those in which the old generation boots. */
const UPDATE_AGAIN_EVERY = { all: 4, sampled: 12 }[THOROUGHNESS];
const RECOVERY_BOUNDS = boundsOfRun({ allSubsets: 24, samples: 6, torn: 4 });
const GENERATIONS = [OLD, NEW];

const counts = { states: 0, old: 0, new: 0, nameless: 0, repaired: 0, doubled: 0, cutRecoveries: 0 };

/** That the old generation or the new one boots at once, that the agent then puts things in order, and that an update goes through. */
async function judge(bench: Bench, name: string, number: number): Promise<void> {
  counts.states++;
  const outcome = bench.boots();
  const running = GENERATIONS.find((release) => outcome.kind === 'boots' && outcome.rootHash === release.rootHash);
  assert.ok(outcome.kind === 'boots' && running !== undefined, `${name}: ${JSON.stringify(outcome)}`);
  counts[running === NEW ? 'new' : 'old']++;
  if (/~/.test(outcome.file)) counts.nameless++;
  if (outcome.countedAs !== undefined)
    bench.esp.renameByFirmware(`EFI/Linux/${outcome.file}`, `EFI/Linux/${outcome.countedAs}`);
  const started = bench.after(flattened(bench));
  await recoverAndCheck(started, running, name);
  if (number % CUT_RECOVERY_EVERY === 0) await judgeCutRecovery(started, name);
  if (running === NEW || number % UPDATE_AGAIN_EVERY === 0) await goOn(started, running, name);
}

async function recoverAndCheck(bench: Bench, running: ModelRelease, name: string): Promise<void> {
  const hands = bench.hands(running);
  const done = await recoverDisk(hands, FACTS);
  if (done.length > 0) counts.repaired++;
  if (done.some((what) => what.startsWith('removed the name'))) counts.doubled++;
  assert.deepEqual(await recoverDisk(hands, FACTS), [], `${name}: recovering again changes something`);
  const view = inspectDisk(hands);
  assert.deepEqual(view.leftovers, [], name);
  assert.equal(view.table.kind, 'sound', name);
  const { volume } = readEspFiles(bench.disk, readSlotLayout(bench.disk).esp);
  assert.deepEqual(volume.problems, [], name);
  const held = view.slots.flatMap(({ content }) => (content.kind === 'release' ? [content.rootHash] : []));
  const opened = view.entries.map(({ rootHash }) => rootHash);
  assert.ok(
    opened.every((rootHash) => rootHash !== undefined && held.includes(rootHash)),
    `${name}: an entry without a slot`,
  );
  assert.equal(new Set(opened).size, opened.length, `${name}: two entries for one release`);
  const outcome = bench.boots();
  assert.ok(
    outcome.kind === 'boots' && GENERATIONS.some(({ rootHash }) => rootHash === outcome.rootHash),
    `${name}, recovered: ${JSON.stringify(outcome)}`,
  );
}

/** Recovery is cut off at its own crash points; then it is done again. */
async function judgeCutRecovery(from: Bench, name: string): Promise<void> {
  for (const state of from.states(RECOVERY_BOUNDS, SEED)) {
    counts.cutRecoveries++;
    const bench = from.after(state.sectors);
    const where = `${name}; recovery cut at ${state.name}`;
    const outcome = bench.boots();
    const now = GENERATIONS.find((release) => outcome.kind === 'boots' && outcome.rootHash === release.rootHash);
    assert.ok(now !== undefined, `${where}: ${JSON.stringify(outcome)}`);
    await recoverAndCheck(bench, now, where);
  }
}

/** The agent's next act: the old generation updates again, the new one is blessed. */
async function goOn(bench: Bench, running: ModelRelease, name: string): Promise<void> {
  if (running === NEW) markProven(bench.hands(NEW), NEW);
  else await bench.update();
  const outcome = bench.boots();
  assert.ok(
    outcome.kind === 'boots' && outcome.rootHash === NEW.rootHash,
    `${name}, gone on: ${JSON.stringify(outcome)}`,
  );
  assert.equal(outcome.file, running === NEW ? 'sample_4.efi' : `sample_4+${TRIES}.efi`, name);
}

/** Does `act` on a machine, then judges every state that a power cut during it may leave. Returns how many they are. */
export async function everyCut(begin: Bench, act: (bench: Bench) => void | Promise<void>): Promise<number> {
  await act(begin);
  let number = 0;
  for (const state of begin.states(BOUNDS, SEED)) {
    await judge(begin.after(state.sectors), state.name, number);
    number++;
  }
  return number;
}

/** What was covered, for the test's output. */
export function coverage(): string {
  return (
    `crash points (${THOROUGHNESS}), seed ${SEED}: ${counts.states} states of interrupted work, in ${counts.old} the old generation boots, in ${counts.new} the ` +
    `new one (${counts.nameless} from an entry that lost its long name); ${counts.cutRecoveries} states of interrupted recoveries; ` +
    `${counts.repaired} needed repair, ${counts.doubled} of them of names that shared a file or had none`
  );
}
