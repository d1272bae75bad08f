import assert from 'node:assert/strict';
import { PROBATION_SECONDS } from '../deadlines.ts';
import { untilProven } from '../device-report.ts';
import type { Chapter } from '../story.ts';
import { VERSIONS } from '../story-definition.ts';
import { untilSetAside } from '../until-set-aside.ts';
import { preflight, publish } from './publish.ts';

const REASON = 'the database needs it today';

export const brokenUpdate: Chapter = {
  title: 'version 4 panics: preflight refuses it; published all the same, it is undone',
  async tell(story) {
    assert.equal(await preflight(story, VERSIONS.broken, VERSIONS.good), 3, 'the preflight of 4 passed');
    const refused = await publish(story, VERSIONS.broken);
    assert.notEqual(refused.status, 0, 'it could be published without a preflight that passed');
    assert.match(refused.said, /preflight-required/);
    const published = await publish(story, VERSIONS.broken, '--skip-preflight', REASON);
    assert.equal(published.status, 0, published.said);
    const { troubles, returns } = await untilSetAside(story, VERSIONS.broken.version, VERSIONS.good.version);
    assert.ok(
      troubles.some((trouble) => /panicked/.test(trouble)),
      `no panic was seen: ${troubles.join('; ')}`,
    );
    await untilProven(story, PROBATION_SECONDS);
    const rounds = returns === 1 ? 'one round' : `${returns} rounds`;
    return `refused by preflight; on the machine it panicked ${troubles.length} times in ${rounds}, then 2 was back`;
  },
};
