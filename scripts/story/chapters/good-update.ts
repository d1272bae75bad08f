import assert from 'node:assert/strict';
import { watchPage } from '../../../src/vm/watch-page.ts';
import { followUpdate } from '../follow-update.ts';
import type { Chapter } from '../story.ts';
import { VERSIONS } from '../story-definition.ts';
import { preflightAndPublish } from './publish.ts';

export const goodUpdate: Chapter = {
  title: 'version 2 is published, the machine updates itself',
  async tell(story) {
    assert.ok(story.device);
    await preflightAndPublish(story, VERSIONS.good, VERSIONS.first);
    const watch = watchPage(story.device.page);
    let away = 0;
    try {
      await followUpdate(story, VERSIONS.good.version);
    } finally {
      away = (await watch.stop()).milliseconds / 1000;
    }
    return `proven; its page was away for ${away.toFixed(1)} s`;
  },
};
