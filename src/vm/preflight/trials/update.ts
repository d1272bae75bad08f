import type { Trial } from '../trial.ts';
import { updateObstacle } from '../trial-bench.ts';

/** The release before updates itself to it. */
export const updateTrial: Trial = {
  name: 'update',
  title: 'the release before updates to it, and /var survives',
  obstacle: updateObstacle,
  async run({ stages, previous, release }) {
    await stages.proven();
    return `${previous?.manifest.version} updated itself to ${release.manifest.version}, which proved itself; /var is what it was`;
  },
};
