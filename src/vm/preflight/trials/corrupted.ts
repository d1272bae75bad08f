import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { SUPERBLOCK_OFFSET } from '../../../formats/erofs/on-disk.ts';
import { parsePartitionTable } from '../../../formats/gpt/parse-table.ts';
import { START_SECONDS } from '../deadlines.ts';
import type { Trial } from '../trial.ts';
import { machineAt, updateObstacle } from '../trial-bench.ts';
import { must } from '../trial-failure.ts';
import { withTriedMachine } from '../tried-machine.ts';
import { theOneBefore } from '../tried-release.ts';

/** A bit of its root image flips after it was written and read back: no start of it can succeed. */
export const corruptedTrial: Trial = {
  name: 'corrupted',
  title: 'a corrupted block of its root brings the release before back',
  obstacle: updateObstacle,
  async run(bench) {
    const { stages, release } = bench;
    const previous = theOneBefore(bench);
    const options = await machineAt(bench, await stages.armed(), 'continue');
    flipBit(options.disk.image, release.manifest.root.dataUuid);
    return withTriedMachine(options, async (machine) => {
      const tries = previous.updates?.tries ?? 1;
      const { troubles } = await machine.up(previous.manifest.version, (tries + 1) * START_SECONDS);
      must(troubles.length > 0, 'nothing was said of the corrupted block');
      // Nothing but the tries speaks against it, so the agent may arm it once more, and the machine restart: it is not looked into.
      return `the kernel refused the block ${troubles.length} times, then ${previous.manifest.version} was back`;
    });
  },
};

/**
 * Flips a bit of the superblock in the partition with `uuid`, which the first read of the root wants.
 *
 * @throws TrialFailure when there is no such partition: the update did not write its slot.
 */
function flipBit(disk: string, uuid: string): void {
  const file = openSync(disk, 'r+');
  try {
    const readAt = (offset: number, length: number): Buffer => {
      const bytes = Buffer.alloc(length);
      readSync(file, bytes, 0, length, offset);
      return bytes;
    };
    const { table } = parsePartitionTable(readAt, fstatSync(file).size);
    const found = table.partitions.find((partition) => partition?.uuid === uuid);
    must(found !== undefined, 'after the update no partition has the UUID of its root');
    const at = found.start + SUPERBLOCK_OFFSET;
    writeSync(file, Buffer.of(readAt(at, 1)[0]! ^ 1), 0, 1, at);
  } finally {
    closeSync(file);
  }
}
