import { COMMAND_SECONDS, healthSeconds, START_SECONDS } from '../deadlines.ts';
import { refusalOf } from '../refusal-of.ts';
import { MARKER_PATH } from '../stages.ts';
import type { Trial } from '../trial.ts';
import { machineAt, updateObstacle } from '../trial-bench.ts';
import { must } from '../trial-failure.ts';
import { withTriedMachine } from '../tried-machine.ts';
import { theOneBefore } from '../tried-release.ts';

/** An operator wants the release before back. */
export const rollbackTrial: Trial = {
  name: 'rollback',
  title: '`ashlar rollback` goes back to the release before',
  obstacle: updateObstacle,
  async run(bench) {
    const { stages, release } = bench;
    const previous = theOneBefore(bench);
    const options = await machineAt(bench, await stages.proven(), 'continue');
    return withTriedMachine(options, async (machine) => {
      await machine.up(release.manifest.version);
      const shell = await machine.shell();
      await machine.healthy(shell, healthSeconds(release));
      const asked = machine.running.clock();
      const back = await Promise.race([
        machine.up(previous.manifest.version, START_SECONDS + COMMAND_SECONDS),
        refusalOf(shell, 'ashlar rollback', COMMAND_SECONDS),
      ]);
      const after = await machine.shell();
      await machine.healthy(after, healthSeconds(previous));
      must((await after.exec(`cat ${MARKER_PATH}`)).output === 'kept\n', 'a file in /var did not survive the way back');
      return `${previous.manifest.version} was back ${(back.at - asked).toFixed(0)} s after the command`;
    });
  },
};
