/** Every crash point, as `update-crash-points.test.ts` has them, of the renames that an entry goes through, in both orders that Linux may write them in. */
import { after, describe, test } from 'node:test';
import { coverage, everyCut } from './every-cut.ts';
import { modelMachine } from './model-machine.ts';
import { BEGINNINGS, Bench, onTrial, RELEASES, RENAMES, RUNNING, TRIAL_PADDINGS } from './update-story.ts';

for (const order of ['file-first', 'deletion-first'] as const) {
  describe(`renames ${order}`, () => {
    for (const [what, act] of Object.entries(RENAMES)) {
      for (const padding of TRIAL_PADDINGS) {
        test(`${what}, ${padding} entries before it`, async (context) => {
          context.diagnostic(`${await everyCut(await onTrial(order, padding), act)} states`);
        });
      }
    }
  });
}

test('an update over an older release, its renames deletion-first', async (context) => {
  const { slot, padding } = BEGINNINGS['an older release']!;
  const bench = new Bench(modelMachine([RUNNING, slot], RELEASES, padding), 'deletion-first');
  context.diagnostic(`${await everyCut(bench, (begin) => begin.update())} states`);
});

after(() => console.log(coverage()));
