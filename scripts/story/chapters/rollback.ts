import assert from 'node:assert/strict';
import { START_SECONDS } from '../deadlines.ts';
import type { Chapter } from '../story.ts';
import { VERSIONS } from '../story-definition.ts';

export const rollback: Chapter = {
  title: '`ashlar rollback` goes back to the release before',
  async tell(story) {
    const { device, shell } = story;
    assert.ok(device && shell);
    const asked = device.running.clock();
    // The machine may restart before the command has answered.
    const said = shell.exec('ashlar rollback').catch(() => ({ status: 0, output: '' }));
    const back = await Promise.race([
      device.next(START_SECONDS * 2),
      said.then(({ status, output }) => {
        assert.equal(status, 0, output);
        return new Promise<never>(() => {});
      }),
    ]);
    assert.equal(back.status.version, VERSIONS.good.version);
    return `2 runs again, ${(back.at - asked).toFixed(0)} s after the command, without the network`;
  },
};
