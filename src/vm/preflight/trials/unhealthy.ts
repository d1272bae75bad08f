import { healthSeconds, START_SECONDS } from '../deadlines.ts';
import { sabotageFiles } from '../harness.ts';
import { planSabotage } from '../sabotage.ts';
import { MARKER_PATH } from '../stages.ts';
import type { Trial } from '../trial.ts';
import { machineAt, updateObstacle } from '../trial-bench.ts';
import { must } from '../trial-failure.ts';
import { withTriedMachine } from '../tried-machine.ts';
import { theOneBefore } from '../tried-release.ts';
import { writeVarFiles } from '../var-files.ts';

/** One of its health checks is made to fail: it must be undone by itself. */
export const unhealthyTrial: Trial = {
  name: 'unhealthy',
  title: 'a failing health check brings the release before back',
  obstacle: (bench) =>
    updateObstacle(bench) ??
    (planSabotage(bench.release.manifest) === undefined ? 'it declares no health check that could fail' : undefined),
  async run(bench) {
    const { stages, release, signal } = bench;
    const previous = theOneBefore(bench);
    const planned = planSabotage(release.manifest);
    must(planned !== undefined, 'it declares no health check');
    const options = await machineAt(bench, await stages.armed(), 'continue');
    await writeVarFiles(options.disk.image, sabotageFiles(planned.sabotage), signal);
    return withTriedMachine(options, async (machine) => {
      const first = await machine.up(release.manifest.version);
      const back = await machine.up(previous.manifest.version, healthSeconds(release) + START_SECONDS);
      const shell = await machine.shell();
      await machine.healthy(shell, healthSeconds(previous));
      must((await shell.exec(`cat ${MARKER_PATH}`)).output === 'kept\n', 'a file in /var did not survive the way back');
      const seconds = back.at - first.at;
      return `with the check ${planned.check} failing, ${previous.manifest.version} was back after ${seconds.toFixed(0)} s, by itself`;
    });
  },
};
