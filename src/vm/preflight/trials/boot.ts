import { healthSeconds } from '../deadlines.ts';
import type { Trial } from '../trial.ts';
import { machineAt } from '../trial-bench.ts';
import { withTriedMachine } from '../tried-machine.ts';

/** A new machine starts with it, twice: the first start makes /var, the second is every later one. */
export const bootTrial: Trial = {
  name: 'boot',
  title: 'a new machine starts and is healthy',
  obstacle: () => undefined,
  async run(bench) {
    const { release, stages } = bench;
    const options = await machineAt(bench, await stages.installed(release), 'exit');
    return withTriedMachine(options, async (machine) => {
      const { at } = await machine.up(release.manifest.version);
      await machine.healthy(await machine.shell(), healthSeconds(release));
      await machine.off();
      return `up after ${at.toFixed(1)} s, healthy, and switched off in good order`;
    });
  },
};
