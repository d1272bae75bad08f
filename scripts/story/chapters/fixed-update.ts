import { followUpdate } from '../follow-update.ts';
import type { Chapter } from '../story.ts';
import { VERSIONS } from '../story-definition.ts';
import { preflightAndPublish } from './publish.ts';

export const fixedUpdate: Chapter = {
  title: 'version 5 has neither fault, and is kept',
  async tell(story) {
    await preflightAndPublish(story, VERSIONS.fixed, VERSIONS.good);
    await followUpdate(story, VERSIONS.fixed.version);
    return 'proven';
  },
};
