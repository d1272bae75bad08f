import type { Measure } from '../measure.ts';
import type { PeakMemory, TimedProgram } from '../timed-program.ts';
import type { Series } from '../topic.ts';
import { storeOfPackages } from './ashlar-project.ts';
import type { Subjects } from './subjects.ts';

const GOAL_BYTES = 700e6;

/** What a build asks of a machine's memory. */
export const peakMemory: Measure<Subjects> = {
  name: 'memory',
  title: 'Peak memory of a build',
  async run({ workshop, ashlar, mkosi }) {
    const { project, store } = await ashlar();
    const peer = await mkosi();
    const cold: PeakMemory[] = [];
    const warm: PeakMemory[] = [];
    const theirs: PeakMemory[] = [];
    for (let run = 0; run < workshop.runs; run++) {
      workshop.settle(`memory ${run + 1}`);
      const fresh = storeOfPackages(workshop, 'cold-store', [project.lock]);
      cold.push(watched(await project.build(fresh, { watchMemory: true })));
      project.changeFile(`change ${run}, ${Date.now()}`);
      warm.push(watched(await project.build(store, { watchMemory: true })));
      theirs.push(watched(await peer.build({ watchMemory: true })));
    }
    return {
      unit: 'bytes',
      series: [
        ...series('Ashlar, cold', true, cold),
        ...series('Ashlar, one changed file', true, warm),
        ...series('mkosi, cold', false, theirs),
      ],
      goals: ['Ashlar, cold', 'Ashlar, one changed file'].map((name) => ({
        kind: 'value',
        series: `${name}: together`,
        atMost: GOAL_BYTES,
      })),
      method:
        'Sampled every 100 ms from /proc. All processes: the private memory (RssAnon) of all processes of the build at the same moment. Files in memory: growth of the machine’s tmpfs (Shmem). Together: both at the same moment. Largest process: the most that one had resident (VmHWM), mapped files included.',
      remarks: [
        'Ashlar installs packages in a tmpfs as long as the machine has memory to spare for it, and on the disk otherwise.',
      ],
    };
  },
};

function watched({ memory }: TimedProgram): PeakMemory {
  if (memory === undefined) throw new TypeError('this program was to be watched');
  return memory;
}

function series(name: string, ours: boolean, peaks: readonly PeakMemory[]): Series[] {
  return [
    { name: `${name}: together`, ours, values: peaks.map(({ together }) => together) },
    { name: `${name}: all processes`, ours, values: peaks.map(({ anonymous }) => anonymous) },
    { name: `${name}: largest process`, ours, values: peaks.map(({ largest }) => largest) },
    { name: `${name}: files in memory`, ours, values: peaks.map(({ files }) => files) },
  ];
}
