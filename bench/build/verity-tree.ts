import { createCipheriv } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildVerityTreeOfFile } from '../../src/build/assemble/verity.ts';
import { uuid } from '../../src/formats/uuid.ts';
import { interleaved } from '../interleaved.ts';
import type { Measure } from '../measure.ts';
import { type TimedProgram, timedProgram } from '../timed-program.ts';
import { ashlar } from './ashlar-project.ts';
import type { Subjects } from './subjects.ts';
import { timings } from './timings.ts';
import type { Workshop } from './workshop.ts';

const GOAL_SPEEDUP = 1.5;
const IMAGE_BYTES = 2 ** 30;
const PIECE_BYTES = 2 ** 20;
const SALT = '5a'.repeat(32);
const UUID = '4f68bce3-e8cd-4db1-96e7-fbcaf984b709';

/** The dm-verity tree of a gibibyte. Both must give the same root hash. */
export const verityTree: Measure<Subjects> = {
  name: 'verity',
  title: 'dm-verity tree of 1 GiB',
  async run({ workshop }) {
    const image = await randomImage(workshop);
    const tree = join(workshop.fresh('verity'), 'tree');
    const roots = new Set<string>();
    const hashed = (run: TimedProgram): TimedProgram => {
      roots.add(/[0-9a-f]{64}/.exec(run.stdout.replace(/Salt:.*/, ''))?.[0] ?? run.stdout);
      return run;
    };
    const [ours, theirs, inProcess] = await interleaved(workshop.runs, [
      async (run) => {
        await warm(image);
        rmSync(tree, { force: true });
        workshop.settle(`verity ${run + 1}: ashlar fs verity`);
        return hashed(await ashlar(['fs', 'verity', image, '-o', tree, '--salt', SALT, '--uuid', UUID]));
      },
      async (run) => {
        rmSync(tree, { force: true });
        workshop.settle(`verity ${run + 1}: veritysetup format`);
        return hashed(
          await timedProgram(['veritysetup', 'format', image, tree, `--salt=${SALT}`, `--uuid=${UUID}`], {
            env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, LC_ALL: 'C' },
          }),
        );
      },
      async () => {
        const began = performance.now();
        const cpu = process.cpuUsage();
        const { rootHash } = await buildVerityTreeOfFile(image, { salt: Buffer.from(SALT, 'hex'), uuid: uuid(UUID) });
        const { user, system } = process.cpuUsage(cpu);
        roots.add(rootHash);
        return { seconds: (performance.now() - began) / 1000, cpuSeconds: (user + system) / 1e6, stdout: '' };
      },
    ]);
    if (roots.size !== 1) throw new Error(`the root hashes differ: ${[...roots].join(', ')}`);
    return {
      unit: 'seconds',
      series: [
        timings('ashlar fs verity', true, ours!),
        timings('Ashlar, in a process that runs already', true, inProcess!),
        timings('veritysetup format', false, theirs!),
      ],
      goals: [{ kind: 'speedup', series: 'ashlar fs verity', over: 'veritysetup format', atLeast: GOAL_SPEEDUP }],
      method:
        'A file of 1 GiB of random bytes in the page cache, a salt of 32 bytes; whole processes, the tree written to a file. The root hashes are the same.',
      remarks: [],
    };
  },
};

/** The same bytes each time: a key stream of zeros. */
async function randomImage(workshop: Workshop): Promise<string> {
  const path = join(workshop.kept('inputs'), 'random-1gib');
  if (existsSync(path) && statSync(path).size === IMAGE_BYTES) return path;
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
  const zeros = Buffer.alloc(PIECE_BYTES);
  const file = createWriteStream(`${path}.part`);
  for (let at = 0; at < IMAGE_BYTES; at += PIECE_BYTES) {
    if (!file.write(cipher.update(zeros))) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
  renameSync(`${path}.part`, path);
  return path;
}

/** Reads the file, so that it is in the page cache. */
async function warm(path: string): Promise<void> {
  const stream = createReadStream(path, { highWaterMark: PIECE_BYTES }).resume();
  await once(stream, 'close');
}
