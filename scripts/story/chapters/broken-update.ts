import assert from 'node:assert/strict';
import { PROBATION_SECONDS, START_SECONDS, UPDATE_SECONDS } from '../deadlines.ts';
import { deviceReport, untilPhase } from '../device-report.ts';
import type { Chapter } from '../story.ts';
import { VERSIONS } from '../story-definition.ts';
import { preflight, publish } from './publish.ts';

const REASON = 'the database needs it today';

export const brokenUpdate: Chapter = {
  title: 'version 4 panics: preflight refuses it; published all the same, it is undone',
  async tell(story) {
    const { device } = story;
    assert.ok(device);
    assert.equal(await preflight(story, VERSIONS.broken, VERSIONS.good), 3, 'the preflight of 4 passed');
    const refused = await publish(story, VERSIONS.broken);
    assert.notEqual(refused.status, 0, 'it could be published without a preflight that passed');
    assert.match(refused.said, /preflight-required/);
    const published = await publish(story, VERSIONS.broken, '--skip-preflight', REASON);
    assert.equal(published.status, 0, published.said);
    const back = await device.next(UPDATE_SECONDS + 6 * START_SECONDS);
    assert.equal(back.status.version, VERSIONS.good.version);
    assert.ok(
      back.troubles.some((trouble) => /panicked/.test(trouble)),
      `no panic was seen: ${back.troubles.join('; ')}`,
    );
    story.shell = await device.shell();
    await untilPhase(story, 'proven', PROBATION_SECONDS);
    const { quarantine } = await deviceReport(story);
    assert.ok(quarantine.some(({ generation }) => generation.version === VERSIONS.broken.version));
    return `refused by preflight; on the machine it panicked ${back.troubles.length} times, then 2 was back`;
  },
};
