/**
 * Every crash point (design.md, promise 2): an update is cut at every point, with every subset of the writes that were not flushed up to a
 * bound, in a model of disk and ESP. In all of these states the old generation or the new one boots, verified, at the first start; the agent
 * then finishes or cleans up, also when that is cut off in its turn, and an update goes through to its end.
 */
import { after, test } from 'node:test';
import { coverage, everyCut } from './every-cut.ts';
import { modelMachine } from './model-machine.ts';
import { BEGINNINGS, Bench, RELEASES, RUNNING } from './update-story.ts';

for (const [name, { slot, padding }] of Object.entries(BEGINNINGS)) {
  test(`an update over ${name}`, async (context) => {
    const bench = new Bench(modelMachine([RUNNING, slot], RELEASES, padding), 'file-first');
    context.diagnostic(`${await everyCut(bench, (begin) => begin.update())} states`);
  });
}

after(() => console.log(coverage()));
