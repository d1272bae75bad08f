/** fsck.vfat judges what the agent makes of an ESP that a power cut damaged, and what it takes for damage. */
import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readEspFiles } from '../../src/agent/slots/esp-files.ts';
import { recoverDisk } from '../../src/agent/slots/recover-disk.ts';
import { readSlotLayout } from '../../src/agent/slots/slot-layout.ts';
import { encodeFsInfo } from '../../src/formats/fat/boot-sector.ts';
import { randomFrom } from '../../src/model/random.ts';
import { drawCrashState } from '../model/crash-states.ts';
import { modelMachine } from '../model/model-machine.ts';
import { Bench, FACTS, OLD, RELEASES, RUNNING } from '../model/update-story.ts';
import { runInTrixie, trixieObstacle } from './trixie.ts';

const skip = trixieObstacle() ?? false;
const directory = mkdtempSync(join(tmpdir(), 'ashlar-oracle-fat-repair-'));
after(() => rmSync(directory, { recursive: true }));
const volume = join(directory, 'esp');

const SEED = 11;
const DAMAGED = 24;
const ZEROS = Buffer.alloc(1 << 20);
const PADDINGS = [2, 7, 8, 9, 11];

/** What fsck.vfat says; it exits with 0 when there is nothing to do. */
function fsck(bench: Bench): { readonly status: number | null; readonly said: string } {
  const { start, size } = readSlotLayout(bench.disk).esp;
  rmSync(volume, { force: true });
  const file = openSync(volume, 'w');
  ftruncateSync(file, size);
  for (let offset = 0; offset < size; offset += ZEROS.length) {
    const piece = bench.disk.read(start + offset, Math.min(ZEROS.length, size - offset));
    if (!piece.equals(ZEROS.subarray(0, piece.length))) writeSync(file, piece, 0, piece.length, offset);
  }
  // How many clusters are free is a hint, which Linux writes and the model leaves out.
  const hint = encodeFsInfo(readEspFiles(bench.disk, readSlotLayout(bench.disk).esp).volume.freeClusters, 2);
  for (const sector of [1, 7]) writeSync(file, hint, 0, hint.length, sector * 512);
  closeSync(file);
  const { status, stdout, stderr } = runInTrixie(['fsck.vfat', '-n', '-v', volume], { binds: [directory] });
  return { status, said: `${stdout}${stderr}` };
}

test('damage is damage to fsck.vfat as well, and what was repaired is sound to it', { skip }, async (context) => {
  const random = randomFrom(SEED);
  let damaged = 0;
  let found = 0;
  const benches = await Promise.all(
    PADDINGS.flatMap((padding) =>
      (['file-first', 'deletion-first'] as const).map(async (order) => {
        const bench = new Bench(modelMachine([RUNNING, 'empty'], RELEASES, padding), order);
        await bench.update();
        return bench;
      }),
    ),
  );
  for (let draw = 0; damaged < DAMAGED; draw++) {
    const bench = random.pick(benches);
    const { epochs } = bench.disk;
    const state = drawCrashState(epochs, random.below(epochs.length), () => Buffer.alloc(512), random);
    const cut = bench.after(state.sectors);
    const { problems } = readEspFiles(cut.disk, readSlotLayout(cut.disk).esp).volume;
    if (problems.length === 0) continue;
    damaged++;
    if (fsck(cut).status !== 0) found++;
    await recoverDisk(cut.hands(OLD), FACTS);
    const { status, said } = fsck(cut);
    assert.equal(status, 0, `draw ${draw}, ${state.name}: ${problems.join('; ')}\n${said}`);
  }
  context.diagnostic(
    `${damaged} damaged volumes, of which fsck.vfat refused ${found}; all of them sound once repaired`,
  );
  assert.ok(found > 0, 'fsck.vfat found none of them damaged');
});
