// `npm start`: the whole life of a system on real virtual machines, from keys and a first release to an update that is undone by itself, and a
// table of what was seen. `--all-trials` lets the preflights make every trial, which takes long where machines are emulated.
import { styleFor } from '../src/cli/style.ts';
import { chooseAccelerator } from '../src/vm/accelerator.ts';
import { findEmulator } from '../src/vm/emulator.ts';
import { TRIALS } from '../src/vm/preflight/trials.ts';
import { chapters } from './story/chapters.ts';
import { summaryTable } from './story/summary-table.ts';
import { tellStory } from './story/tell-story.ts';
import { withStory } from './story/with-story.ts';

const style = styleFor(process.stdout);
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(new Error(`ended by ${name}`)));

const { accelerator, reason } = await chooseAccelerator(findEmulator('amd64'));
const all = accelerator === 'kvm' || process.argv.includes('--all-trials');
const trials = TRIALS.map(({ name }) => name).filter((name) => all || name === 'boot');
const say = (text: string): void => void process.stdout.write(`${text}\n`);
if (accelerator === 'tcg') say(`Machines are emulated, which takes some ten times as long: ${reason}.`);

const told = await withStory({ trials, say, signal: stop.signal }, (story, repository) => {
  stop.signal.addEventListener('abort', () => void story.device?.running.kill());
  return tellStory(story, chapters(repository, accelerator), style);
});
say(`\n${summaryTable(told, style)}`);
process.exitCode = told.some(({ failed }) => failed) ? 1 : 0;
