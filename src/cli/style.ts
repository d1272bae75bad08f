import { styleText } from 'node:util';

/** Colours for a terminal, or the text alone: `NO_COLOR`, pipes and `--json` get no escape codes. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly green: (text: string) => string;
  readonly cyan: (text: string) => string;
}

type Format = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan';

/** The style for `stream`, by its kind and the environment (`NO_COLOR`, `FORCE_COLOR`). */
export function styleFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): Style {
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
  const coloured = (env['NO_COLOR'] ?? '') === '' && (forced || stream.isTTY === true);
  const paint =
    (format: Format) =>
    (text: string): string =>
      coloured ? styleText(format, text, { validateStream: false }) : text;
  return {
    bold: paint('bold'),
    dim: paint('dim'),
    red: paint('red'),
    yellow: paint('yellow'),
    green: paint('green'),
    cyan: paint('cyan'),
  };
}
