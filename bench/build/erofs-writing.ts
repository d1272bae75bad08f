import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { interleaved } from '../interleaved.ts';
import type { Measure } from '../measure.ts';
import { ashlar } from './ashlar-project.ts';
import { extractRoot } from './root-tree.ts';
import type { Subjects } from './subjects.ts';
import { timings } from './timings.ts';
import { trixieProgram } from './trixie-program.ts';

const CODECS = [
  { title: 'lz4', ours: 'lz4', theirs: 'lz4' },
  { title: 'zstd level 3', ours: 'zstd:3', theirs: 'zstd,level=3' },
] as const;

/** A whole image from a directory, nothing known before: for information, as a build compresses a file once ever. */
export const erofsWriting: Measure<Subjects> = {
  name: 'erofs',
  title: 'EROFS image of a directory',
  async run(subjects) {
    const { workshop } = subjects;
    const tree = await extractRoot(subjects);
    const image = join(workshop.fresh('images'), 'image.erofs');
    const contestants = CODECS.flatMap((codec) => [
      {
        name: `ashlar fs create, ${codec.title}`,
        ours: true,
        run: () => ashlar(['fs', 'create', tree, '-o', image, '--compression', codec.ours]),
      },
      {
        name: `mkfs.erofs, ${codec.title}`,
        ours: false,
        run: () => trixieProgram(workshop, ['mkfs.erofs', '--quiet', `-z${codec.theirs}`, image, tree]),
      },
    ]);
    // The tree is in the page cache for all of them.
    await trixieProgram(workshop, ['mkfs.erofs', '--quiet', image, tree]);
    const entering: number[] = [];
    const results = await interleaved(
      workshop.runs,
      contestants.map(({ name, run }) => (number: number) => {
        rmSync(image, { force: true });
        workshop.settle(`image ${number + 1}: ${name}`);
        return run();
      }),
    );
    for (let run = 0; run < workshop.runs; run++) entering.push((await trixieProgram(workshop, ['true'])).seconds);
    return {
      unit: 'seconds',
      series: contestants.map(({ name, ours }, index) => timings(name, ours, results[index]!)),
      goals: [],
      method: 'The root of minimal, from files in the page cache to an image file; whole processes.',
      remarks: [
        `mkfs.erofs runs in a trixie tree; entering it, which counts for it, takes ${Math.min(...entering).toFixed(2)} s.`,
      ],
    };
  },
};
