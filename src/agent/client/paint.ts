import { styleText } from 'node:util';

/** Colours for a person at a terminal: `NO_COLOR`, pipes and files get the text alone. */
export function paint(format: 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan', text: string): string {
  return styleText(format, text, { stream: process.stdout });
}
