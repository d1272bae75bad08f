import { statSync } from 'node:fs';
import { join } from 'node:path';
import { openImage } from '../../src/build/verify/open-image.ts';
import { readSuperblock } from '../../src/formats/erofs/read-superblock.ts';
import { parsePartitionTable } from '../../src/formats/gpt/parse-table.ts';
import { ROOT_PARTITION_TYPE } from '../../src/formats/gpt/partition-types.ts';
import type { Measure } from '../measure.ts';
import type { Series } from '../topic.ts';
import { extractRoot } from './root-tree.ts';
import type { Subjects } from './subjects.ts';
import { trixieProgram } from './trixie-program.ts';

const GOAL_SHARE = 1.03;
const LEVEL = 3;

/** Flags of mkfs.erofs that change what it can save, from its defaults to the most that it knows. */
const VARIANTS: readonly (readonly [name: string, flags: readonly string[]])[] = [
  ['mkfs.erofs', []],
  ['mkfs.erofs -C65536', ['-C65536']],
  ['mkfs.erofs -C65536 -Eztailpacking', ['-C65536', '-Eztailpacking']],
  ['mkfs.erofs -C65536 -Eall-fragments,dedupe', ['-C65536', '-Eall-fragments,dedupe']],
];

/** Bytes of the root image: one run, as every run gives the same. */
export const imageSize: Measure<Subjects> = {
  name: 'size',
  title: `Size of the root image, zstd level ${LEVEL}`,
  async run(subjects) {
    const { workshop, ashlar, mkosi } = subjects;
    const { project } = await ashlar();
    const tree = await extractRoot(subjects);
    const output = workshop.fresh('images');
    const theirs: Series[] = [];
    for (const [name, flags] of VARIANTS) {
      workshop.say(`size: ${name}`);
      const image = join(output, `${theirs.length}.erofs`);
      await trixieProgram(workshop, ['mkfs.erofs', '--quiet', `-zzstd,level=${LEVEL}`, ...flags, image, tree]);
      theirs.push({ name, ours: false, values: [statSync(image).size] });
    }
    const peer = (await mkosi()).disk;
    return {
      unit: 'bytes',
      series: [
        { name: 'Ashlar', ours: true, values: [statSync(join(project.release, 'root.erofs')).size] },
        ...theirs,
        { name: 'root partition of the mkosi image', ours: false, values: [rootBytes(peer)] },
      ],
      goals: [{ kind: 'share', series: 'Ashlar', of: 'mkfs.erofs', atMost: GOAL_SHARE }],
      method:
        'The root of minimal as Ashlar writes it, and the same files (ashlar fs extract) as mkfs.erofs writes them at the same level.',
      remarks: [
        'Ashlar compresses each file on its own, so that an unchanged file has unchanged bytes in the next release. Fragments and deduplication share blocks between files, which gives that up.',
        'The mkosi image has the same packages, but also what Ashlar leaves out of a running system (package database, maintainer scripts, …).',
      ],
    };
  },
};

/** What the EROFS in a disk's root partition says that it uses. */
function rootBytes(path: string): number {
  const disk = openImage(path);
  try {
    const { table } = parsePartitionTable(disk.readAt, disk.size);
    const root = table.partitions.find((each) => each?.type === ROOT_PARTITION_TYPE.amd64.root);
    if (root === undefined) throw new Error(`${path} has no root partition`);
    const { blocks, blockBytes } = readSuperblock((at, length) => disk.readAt(root.start + at, length), root.size);
    return blocks * blockBytes;
  } finally {
    disk.close();
  }
}
