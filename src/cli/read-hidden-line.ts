import type { Readable, Writable } from 'node:stream';
import { AshlarError } from '../model/error.ts';

/** A terminal that a person types on. */
export interface HiddenInput {
  readonly input: Readable & { setRawMode(raw: boolean): unknown };
  readonly output: Writable;
}

const ENTER = /[\r\n]/;
const CTRL_C = '\x03';
const CTRL_D = '\x04';
const CTRL_U = '\x15';
const BACKSPACE = /[\b\x7f]/;
/** Longer is no passphrase but something pasted by mistake. */
const MAX_CHARACTERS = 1024;

/**
 * Asks with `prompt` and reads a line that is not shown. Throws `interrupted` on Ctrl-C, and when the terminal goes away.
 */
export function readHiddenLine({ input, output }: HiddenInput, prompt: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let line = '';
  const interrupted = (): void =>
    reject(new AshlarError('interrupted', 'The question was not answered.', { hint: 'Run the command again.' }));
  const take = (key: string): void => {
    if (ENTER.test(key) || key === CTRL_D) resolve(line);
    else if (key === CTRL_C) interrupted();
    else if (key === CTRL_U) line = '';
    else if (BACKSPACE.test(key)) line = [...line].slice(0, -1).join('');
    else if (key >= ' ' && line.length < MAX_CHARACTERS) line += key;
  };
  const hear = (text: string): void => {
    for (const key of text) take(key);
  };
  output.write(prompt);
  input.setRawMode(true);
  input.setEncoding('utf8');
  input.on('data', hear).once('end', interrupted).resume();
  return promise.finally(() => {
    input.off('data', hear).off('end', interrupted).pause();
    input.setRawMode(false);
    output.write('\n');
  });
}
