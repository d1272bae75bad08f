import type { Random } from '../../../model/random.ts';
import { type CutPoint, serveDisk } from '../../nbd/nbd-server.ts';
import { healthSeconds, INSTALL_SECONDS } from '../deadlines.ts';
import type { Trial } from '../trial.ts';
import { machineAt, updateObstacle } from '../trial-bench.ts';
import { type TriedMachineOptions, withTriedMachine } from '../tried-machine.ts';
import { type TriedRelease, theOneBefore } from '../tried-release.ts';
import { updateRefusal } from '../update-now.ts';

/** The power goes while it is being written; a disk that had not been told to flush loses, tears or reorders what it held. */
export const powerCutTrial: Trial = {
  name: 'power-cut',
  title: 'a power cut while it is being written leaves a machine that starts and updates',
  obstacle: updateObstacle,
  async run(bench) {
    const { stages, release, random } = bench;
    const previous = theOneBefore(bench);
    const at = await machineAt(bench, await stages.installed(previous), 'exit');
    await using server = await serveDisk(at.disk.image);
    const options: TriedMachineOptions = {
      ...at,
      disk: { image: at.disk.image, writes: 'direct', server: server.socket },
    };
    const point = cutPoint(release, random);
    const cut = await withTriedMachine(options, async (machine) => {
      await machine.up(previous.manifest.version);
      const shell = await machine.shell();
      await machine.healthy(shell, healthSeconds(previous));
      const ended = new AbortController();
      void machine.running.ended.then(() => ended.abort());
      const cutting = server.cutAt(point, () => machine.running.kill(), random, ended.signal).catch(() => undefined);
      // An update that was quicker than the cut has restarted the machine: that is a power cut as well, of a disk at rest.
      return Promise.race([cutting, updateRefusal(shell)]);
    });
    // What the cut has cost may be a try: the machine may restart.
    const came = await withTriedMachine({ ...options, onReset: 'continue' }, async (machine) => {
      const { status } = await machine.up();
      const shell = await machine.shell();
      if (status.version !== release.manifest.version) {
        await machine.healthy(shell, healthSeconds(previous));
        await Promise.race([machine.up(release.manifest.version, INSTALL_SECONDS), updateRefusal(shell)]);
        await machine.healthy(await machine.shell(), healthSeconds(release));
      } else {
        await machine.healthy(shell, healthSeconds(release));
      }
      return status.version;
    });
    const lost =
      cut === undefined ? 'at the restart' : `${describe(point)}, ${cut.lost} writes lost and ${cut.torn} torn`;
    return `cut ${lost}: ${came} came up, and in the end ${release.manifest.version} was proven`;
  },
};

/**
 * Somewhere in the update. Every other time that is while the bulk is written: boot image and hash tree into /var, then the slot. The rest goes to what comes
 * then and is delicate: the slot is named in the partition table, the boot image goes onto the ESP, its entry is renamed.
 */
function cutPoint({ manifest }: TriedRelease, random: Random): CutPoint {
  const { image, tree } = manifest.root;
  const bulk = manifest.boot.uki.size + tree.size + image.size + tree.size;
  return random.chance(1, 2)
    ? { after: 'bytes', count: 1 + random.below(bulk) }
    : { after: 'flushes', count: 1 + random.below(MOST_FLUSHES), beyondBytes: bulk };
}

/** From the end of the bulk to the restart an update flushes some dozens of times. */
const MOST_FLUSHES = 32;

function describe({ after, count }: CutPoint): string {
  return after === 'bytes' ? `after ${(count / 1e6).toFixed(1)} MB` : `at flush ${count} behind the bulk of it`;
}
