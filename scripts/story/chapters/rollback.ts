import assert from 'node:assert/strict';
import { refusalOf } from '../../../src/vm/preflight/refusal-of.ts';
import { START_SECONDS } from '../deadlines.ts';
import type { Chapter } from '../story.ts';
import { VERSIONS } from '../story-definition.ts';

export const rollback: Chapter = {
  title: '`ashlar rollback` goes back to the release before',
  async tell(story) {
    const { device, shell } = story;
    assert.ok(device && shell);
    const asked = device.running.clock();
    const back = await Promise.race([
      device.next(START_SECONDS * 2),
      refusalOf(shell, 'ashlar rollback', START_SECONDS),
    ]);
    assert.equal(back.status.version, VERSIONS.good.version);
    return `2 runs again, ${(back.at - asked).toFixed(0)} s after the command, without the network`;
  },
};
