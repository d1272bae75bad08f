import type { CommanderError } from 'commander';
import { closest } from '../model/closest.ts';
import { AshlarError } from '../model/error.ts';
import type { VerbEntry } from './verbs.ts';

/** What commander says of a call, as an error of ours: `verb` is the one whose help to read, undefined when there was none. */
export function usageError(error: CommanderError, verb: string | undefined): AshlarError {
  const [first = '', ...more] = error.message.replace(/^error: /, '').split('\n');
  const meant = /Did you mean (.*)\?/.exec(more.join(' '))?.[1];
  const suggestion = meant === undefined ? '' : `Did you mean ${meant}? `;
  return new AshlarError('usage', `${first.slice(0, 1).toUpperCase()}${first.slice(1).replace(/\.?$/, '.')}`, {
    hint: `${suggestion}${seeHelp(verb)}`,
    cause: error,
  });
}

/** `ashlar build --help shows what it takes.` */
export function seeHelp(verb: string | undefined): string {
  return `\`${['ashlar', ...(verb === undefined ? [] : [verb]), '--help'].join(' ')}\` shows what it takes.`;
}

/** The error for words that are no verb: a slip, or a group (`fs`) with no second word or a wrong one. */
export function unknownVerb(words: readonly string[], verbs: readonly VerbEntry[]): AshlarError {
  const [first = '', second] = words;
  if (first.startsWith('-')) {
    return new AshlarError('usage', `There is no option '${first}' without a verb.`, { hint: seeHelp(undefined) });
  }
  const group = verbs.map(({ name }) => name).filter((name) => name.startsWith(`${first} `));
  if (group.length > 0) {
    const bare = second === undefined || second.startsWith('-');
    const written = bare ? first : `${first} ${second}`;
    return new AshlarError('usage', bare ? `'${first}' needs a second word.` : `There is no verb '${written}'.`, {
      hint: `${didYouMean(written, group)}It is one of: ${group.join(', ')}.`,
    });
  }
  const names = verbs.map(({ name }) => name);
  return new AshlarError('usage', `There is no verb '${first}'.`, {
    hint: `${didYouMean(first, names)}The verbs are: ${names.join(', ')}.`,
  });
}

function didYouMean(word: string, candidates: readonly string[]): string {
  const meant = closest(word, candidates);
  return meant === undefined ? '' : `Did you mean \`ashlar ${meant}\`? `;
}
