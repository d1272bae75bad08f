import { readFileSync } from 'node:fs';
import { AshlarError } from '../model/error.ts';
import { type AskPassphrase, type Passphrase, passphraseFrom } from '../trust/keys/passphrase.ts';
import { type HiddenInput, readHiddenLine } from './read-hidden-line.ts';

/** The option of every verb that opens or makes private keys. */
export const PASSPHRASE_OPTION = [
  '--passphrase-file <file>',
  'the file whose first line is the passphrase of the keys; else ASHLAR_PASSPHRASE, else it is asked for',
] as const;

/** An answer is asked for twice when it makes a key; this often they may differ. */
const MAX_ATTEMPTS = 3;

/** The passphrase of a command: from `file`, from the environment, or from the person at the terminal. Throws `path-unusable`. */
export function commandPassphrase(file: string | undefined): Passphrase {
  const { stdin: input, stderr: output } = process;
  const ask = input.isTTY && output.isTTY ? askOn({ input, output }) : () => Promise.resolve(undefined);
  return passphraseFrom(file === undefined ? process.env['ASHLAR_PASSPHRASE'] : firstLine(file), ask);
}

function askOn(terminal: HiddenInput): AskPassphrase {
  return async (path, purpose) => {
    if (purpose === 'open') return readHiddenLine(terminal, `Passphrase of ${path}: `);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const chosen = await readHiddenLine(terminal, `A passphrase for ${path}: `);
      if (chosen === (await readHiddenLine(terminal, 'Once more: '))) return chosen;
      terminal.output.write('These were not the same.\n');
    }
    return undefined;
  };
}

function firstLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/, 1)[0] ?? '';
  } catch (cause) {
    throw new AshlarError('path-unusable', `The passphrase file ${file} cannot be read.`, {
      hint: 'Check the path, and that the file is yours.',
      cause,
    });
  }
}
