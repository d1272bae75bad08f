// Draws what a terminal showed as an SVG: `script -q -c 'npm start' recording; node scripts/picture.ts recording docs/start.svg 'npm start'`.
// The last argument is shown as what was typed; what npm says of itself is left out.
import { readFileSync, writeFileSync } from 'node:fs';
import { svgOfScreen } from './terminal/svg-of-screen.ts';
import { terminalScreen } from './terminal/terminal-screen.ts';

/** What `script` writes around what it records. */
const FRAME = /^Script (started|done) on .*\n/gm;
/** What npm says around the program that is shown, and its spinner. */
const NOT_SHOWN = /^(npm (warn|notice) |> |[⠀-⣿]\s*$|\s*$)/;

const [recording, picture, typed] = process.argv.slice(2);
if (recording === undefined || picture === undefined || typed === undefined) {
  console.error('Usage: node scripts/picture.ts <recording> <picture.svg> <what was typed>');
  process.exit(2);
}
const shown = terminalScreen(readFileSync(recording, 'utf8').replace(FRAME, '')).filter(
  (line) => !NOT_SHOWN.test(line.map(({ char }) => char).join('')),
);
const prompt = terminalScreen(`\x1b[2m$\x1b[22m \x1b[1m${typed}\x1b[22m`);
writeFileSync(picture, svgOfScreen([...prompt, ...shown], `What \`${typed}\` shows`));
