/** The story that `npm start` tells, chapter by chapter: on real firmware, loader, kernel and systemd. */
import test from 'node:test';
import { chapters } from '../../scripts/story/chapters.ts';
import { withStory } from '../../scripts/story/with-story.ts';
import { chooseAccelerator } from '../../src/vm/accelerator.ts';
import { findEmulator } from '../../src/vm/emulator.ts';

/** Emulated, a chapter takes minutes; every trial of every preflight would take an hour. */
const TRIALS = ['boot'];

test('from a first release to an update that is undone by itself', async (t) => {
  const { accelerator } = await chooseAccelerator(findEmulator('amd64'));
  await withStory({ trials: TRIALS, say: (text) => t.diagnostic(text) }, async (story, repository) => {
    for (const { title, tell } of chapters(repository, accelerator)) {
      let told = false;
      await t.test(title, async () => {
        t.diagnostic(await tell(story));
        told = true;
      });
      // Each chapter goes on from the one before.
      if (!told) return;
    }
  });
});
