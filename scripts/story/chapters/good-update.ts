import assert from 'node:assert/strict';
import { followUpdate } from '../follow-update.ts';
import type { Chapter } from '../story.ts';
import { VERSIONS } from '../story-definition.ts';
import { watchPage } from '../watch-page.ts';
import { preflightAndPublish } from './publish.ts';

export const goodUpdate: Chapter = {
  title: 'version 2 is published, the machine updates itself',
  async tell(story) {
    assert.ok(story.device);
    await preflightAndPublish(story, VERSIONS.good, VERSIONS.first);
    const watch = watchPage(story.device.page);
    await followUpdate(story, VERSIONS.good.version);
    const { milliseconds } = await watch.stop();
    return `proven; its page was away for ${(milliseconds / 1000).toFixed(1)} s`;
  },
};
