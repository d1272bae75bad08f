/** Colours of SGR 31 to 36 that the command line uses. */
export type Colour = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan';

/** One character with how it looks. */
export interface Cell {
  readonly char: string;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly colour: Colour | undefined;
}

type Look = Omit<Cell, 'char'>;

const PLAIN: Look = { bold: false, dim: false, colour: undefined };
const COLOURS: Readonly<Record<number, Colour>> = {
  31: 'red',
  32: 'green',
  33: 'yellow',
  34: 'blue',
  35: 'magenta',
  36: 'cyan',
};

const ESCAPE = '\x1b';
/** A control sequence (ECMA-48, 5.4), a control character, or text up to the next of them. */
const TOKENS = new RegExp(`${ESCAPE}\\[([0-9;?]*)([@-~])|([\r\n])|([^${ESCAPE}\r\n]+)|${ESCAPE}`, 'g');

/**
 * What a terminal of unlimited height shows at the end of `recording`: its lines, as cells. Knows what this project's programs
 * and npm write: text, carriage return and line feed, SGR, cursor up and to a column, and erasing of lines and of what is below.
 */
export function terminalScreen(recording: string): Cell[][] {
  const lines: Cell[][] = [[]];
  let row = 0;
  let column = 0;
  let look = PLAIN;
  for (const [, parameters = '', final, control, text] of recording.matchAll(TOKENS)) {
    if (text !== undefined) {
      const line = lines[row]!;
      for (const char of text) {
        while (line.length < column) line.push({ char: ' ', ...PLAIN });
        line[column++] = { char, ...look };
      }
    } else if (control === '\r') {
      column = 0;
    } else if (control === '\n') {
      row++;
      if (row === lines.length) lines.push([]);
    } else if (final === 'm') {
      look = parameters.split(';').map(Number).reduce(withAttribute, look);
    } else if (final === 'A') {
      row = Math.max(0, row - Number(parameters || 1));
    } else if (final === 'G') {
      column = Number(parameters || 1) - 1;
    } else if (final === 'K') {
      lines[row]!.length = parameters === '2' ? 0 : Math.min(lines[row]!.length, column);
    } else if (final === 'J') {
      lines.length = row + 1;
      lines[row]!.length = Math.min(lines[row]!.length, column);
    }
  }
  return lines;
}

function withAttribute(look: Look, attribute: number): Look {
  if (attribute === 0) return PLAIN;
  if (attribute === 1) return { ...look, bold: true };
  if (attribute === 2) return { ...look, dim: true };
  if (attribute === 22) return { ...look, bold: false, dim: false };
  if (attribute === 39) return { ...look, colour: undefined };
  // Bright colours (90 to 97) are drawn as the others.
  const colour = COLOURS[attribute >= 90 ? attribute - 60 : attribute];
  return colour === undefined ? look : { ...look, colour };
}
