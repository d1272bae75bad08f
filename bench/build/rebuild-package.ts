import { interleaved } from '../interleaved.ts';
import type { Measure } from '../measure.ts';
import type { TimedProgram } from '../timed-program.ts';
import { type AshlarProject, ashlarProject, storeOfPackages } from './ashlar-project.ts';
import { ADDED_PACKAGES, type Subjects } from './subjects.ts';
import { timings } from './timings.ts';

/** What a person waits for who adds a package; another one in each run, so that no run finds what another has made. */
export const rebuildPackage: Measure<Subjects> = {
  name: 'rebuild-package',
  title: 'Rebuild after one added package',
  async run({ workshop, ashlar, incrementalMkosi }) {
    const { project: base } = await ashlar();
    const peer = await incrementalMkosi();
    const added = ADDED_PACKAGES.slice(0, workshop.runs);
    const projects: AshlarProject[] = [];
    const locking: TimedProgram[] = [];
    for (const name of added) {
      workshop.settle(`lock with ${name}`);
      const project = await ashlarProject(workshop, `minimal-${name}`, [name]);
      locking.push(await project.updateLock());
      projects.push(project);
    }
    const store = storeOfPackages(
      workshop,
      'package-store',
      [base, ...projects].map(({ lock }) => lock),
    );
    await base.build(store);
    const [ours, theirs] = await interleaved(added.length, [
      (run) => {
        workshop.settle(`added ${added[run]}: Ashlar`);
        return projects[run]!.build(store);
      },
      (run) => {
        peer.usePackages(base.lock, [added[run]!]);
        workshop.settle(`added ${added[run]}: mkosi`);
        return peer.build({ incremental: true });
      },
    ]);
    return {
      unit: 'seconds',
      series: [
        timings('Ashlar', true, ours!),
        timings(
          'Ashlar, and `ashlar lock --update` before',
          true,
          ours!.map((run, index) => sum(run, locking[index]!)),
        ),
        timings('mkosi, incremental', false, theirs!),
      ],
      goals: [],
      method: `One small package (${added.join(', ')}; another in each run) is added to what has been built, its file downloaded before on both sides. mkosi: Incremental=yes, CacheOnly=always.`,
      remarks: [
        'Locking asks the mirror for its indexes and resolves all packages; mkosi resolves with the indexes that it has.',
      ],
    };
  },
};

function sum(a: TimedProgram, b: TimedProgram): TimedProgram {
  return { seconds: a.seconds + b.seconds, cpuSeconds: a.cpuSeconds + b.cpuSeconds, stdout: '' };
}
