import type { Cell, Colour } from './terminal-screen.ts';

/** Light on dark, with enough contrast for small text (WCAG AA). */
const BACKGROUND = '#14171c';
const TEXT = '#e3e6ea';
const DIM = '#8f98a3';
const COLOURS: Readonly<Record<Colour, string>> = {
  red: '#ff7b72',
  green: '#7ee787',
  yellow: '#f2cc60',
  blue: '#79c0ff',
  magenta: '#d2a8ff',
  cyan: '#76e3ea',
};

/** Pixels. Runs of text are stretched to whole columns, so that any monospace font gives the same picture. */
const FONT_SIZE = 14;
const COLUMN = 8.4;
const LINE = 21;
const MARGIN = 20;
const MIN_COLUMNS = 80;

/** The screen as an SVG that needs no font but the reader's monospace. `title` is for those who cannot see it. */
export function svgOfScreen(lines: readonly (readonly Cell[])[], title: string): string {
  const columns = Math.max(MIN_COLUMNS, ...lines.map(({ length }) => length));
  const width = Math.ceil(columns * COLUMN + 2 * MARGIN);
  const height = lines.length * LINE + 2 * MARGIN;
  const rows = lines.flatMap((line, row) => runsOf(line).map((run) => runText(run, row)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>`,
    `<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${FONT_SIZE}" fill="${TEXT}" xml:space="preserve">`,
    ...rows,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

interface Run {
  readonly column: number;
  readonly cells: readonly Cell[];
}

/** Neighbours that look alike, without the blanks around them. */
function runsOf(line: readonly Cell[]): Run[] {
  const runs: { column: number; cells: Cell[] }[] = [];
  for (const [column, cell] of line.entries()) {
    const last = runs.at(-1);
    if (last !== undefined && looksAlike(last.cells[0]!, cell)) last.cells.push(cell);
    else runs.push({ column, cells: [cell] });
  }
  return runs.map(trimmed).filter(({ cells }) => cells.length > 0);
}

function looksAlike(a: Cell, b: Cell): boolean {
  return a.bold === b.bold && a.dim === b.dim && a.colour === b.colour;
}

function trimmed({ column, cells }: Run): Run {
  const first = cells.findIndex(({ char }) => char !== ' ');
  const last = cells.findLastIndex(({ char }) => char !== ' ');
  return first === -1 ? { column, cells: [] } : { column: column + first, cells: cells.slice(first, last + 1) };
}

function runText({ column, cells }: Run, row: number): string {
  const { bold, dim, colour } = cells[0]!;
  const fill = colour === undefined ? (dim ? DIM : undefined) : COLOURS[colour];
  const attributes = [
    `x="${rounded(MARGIN + column * COLUMN)}"`,
    `y="${MARGIN + row * LINE + FONT_SIZE}"`,
    `textLength="${rounded(cells.length * COLUMN)}"`,
    'lengthAdjust="spacingAndGlyphs"',
    ...(fill === undefined ? [] : [`fill="${fill}"`]),
    ...(bold ? ['font-weight="bold"'] : []),
  ];
  return `<text ${attributes.join(' ')}>${escaped(cells.map(({ char }) => char).join(''))}</text>`;
}

function rounded(pixels: number): string {
  return String(Math.round(pixels * 10) / 10);
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
