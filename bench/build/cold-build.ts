import { interleaved } from '../interleaved.ts';
import type { Measure } from '../measure.ts';
import { storeOfPackages } from './ashlar-project.ts';
import type { Subjects } from './subjects.ts';
import { timings } from './timings.ts';

const GOAL_SHARE = 0.6;

/** From a lock to a finished image, with nothing made before. */
export const coldBuild: Measure<Subjects> = {
  name: 'cold',
  title: 'Cold build, packages downloaded',
  async run({ workshop, ashlar, mkosi }) {
    const { project } = await ashlar();
    const peer = await mkosi();
    const [ours, theirs] = await interleaved(workshop.runs, [
      (run) => {
        const store = storeOfPackages(workshop, 'cold-store', [project.lock]);
        workshop.settle(`cold build ${run + 1}: Ashlar`);
        return project.build(store);
      },
      (run) => {
        workshop.settle(`cold build ${run + 1}: mkosi`);
        return peer.build({});
      },
    ]);
    return {
      unit: 'seconds',
      series: [timings('Ashlar', true, ours!), timings('mkosi', false, theirs!)],
      goals: [{ kind: 'share', series: 'Ashlar', of: 'mkosi', atMost: GOAL_SHARE }],
      method:
        'From the lock to a finished image. Ashlar: a store that holds the downloaded packages and nothing else. mkosi: a warm package cache (CacheOnly=always), not incremental.',
      remarks: [
        'Ashlar makes a release (root, hash tree, boot image, SBOM, provenance), mkosi a disk image; mkosi also makes its default initrd from packages, as it does unless told otherwise.',
      ],
    };
  },
};
