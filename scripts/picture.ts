// Draws what a terminal showed as an SVG: `script -q -c 'npm start' recording; node scripts/picture.ts recording docs/start.svg 'npm start'`.
// The third argument is shown as what was typed; what npm says of itself is left out. A fourth is a text: what was said before the last line with it is
// left out as well.
import { readFileSync, writeFileSync } from 'node:fs';
import { svgOfScreen } from './terminal/svg-of-screen.ts';
import { type Cell, terminalScreen } from './terminal/terminal-screen.ts';

/** What `script` writes around what it records. */
const FRAME = /^Script (started|done) on .*\n/gm;
/** What npm says around the program that is shown, and its spinner. */
const NOT_SHOWN = /^(npm (warn|notice) |> |[⠀-⣿]\s*$|\s*$)/;

const [recording, picture, typed, from] = process.argv.slice(2);
if (recording === undefined || picture === undefined || typed === undefined) {
  console.error(
    'Usage: node scripts/picture.ts <recording> <picture.svg> <what was typed> [from the last line with this]',
  );
  process.exit(2);
}
const textOf = (line: readonly Cell[]): string => line.map(({ char }) => char).join('');
const said = terminalScreen(readFileSync(recording, 'utf8').replace(FRAME, ''));
const begin = from === undefined ? 0 : said.findLastIndex((line) => textOf(line).includes(from));
if (begin < 0) throw new Error(`The recording has no line with “${from}”.`);
const shown = said.slice(begin).filter((line) => !NOT_SHOWN.test(textOf(line)));
const prompt = terminalScreen(`\x1b[2m$\x1b[22m \x1b[1m${typed}\x1b[22m`);
writeFileSync(picture, svgOfScreen([...prompt, ...shown], `What \`${typed}\` shows`));
