import { interleaved } from '../interleaved.ts';
import type { Measure } from '../measure.ts';
import type { Subjects } from './subjects.ts';
import { timings } from './timings.ts';

const GOAL_SECONDS = 2;
const GOAL_SPEEDUP = 10;

/** What a person waits for who changes a line and builds again. */
export const rebuildFile: Measure<Subjects> = {
  name: 'rebuild',
  title: 'Rebuild after one changed file',
  async run({ workshop, ashlar, incrementalMkosi }) {
    const { project, store } = await ashlar();
    const peer = await incrementalMkosi();
    // Every run is a text that was never built before, in this call or another.
    const text = (run: number): string => `change ${run}, ${Date.now()}`;
    const [ours, theirs] = await interleaved(workshop.runs, [
      (run) => {
        project.changeFile(text(run));
        workshop.settle(`changed file ${run + 1}: Ashlar`);
        return project.build(store);
      },
      (run) => {
        peer.changeFile(text(run));
        workshop.settle(`changed file ${run + 1}: mkosi`);
        return peer.build({ incremental: true });
      },
    ]);
    return {
      unit: 'seconds',
      series: [timings('Ashlar', true, ours!), timings('mkosi, incremental', false, theirs!)],
      goals: [
        { kind: 'value', series: 'Ashlar', atMost: GOAL_SECONDS },
        { kind: 'speedup', series: 'Ashlar', over: 'mkosi, incremental', atLeast: GOAL_SPEEDUP },
      ],
      method:
        'The text of one file of the definition is changed, and the image built again: the whole process, from the command line to a finished release that is on the disk. mkosi: Incremental=yes.',
      remarks: [],
    };
  },
};
