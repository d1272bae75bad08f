import type { Command } from 'commander';
import type { z } from 'zod';
import { AshlarError } from '../model/error.ts';
import type { Progress } from '../model/progress.ts';
import type { Style } from './style.ts';

/**
 * A verb of the command line, the default export of its file: what it takes, what it does, and how its result reads. `run`
 * returns data; one renderer (`execute.ts`) prints it as text or, with `--json`, as it is.
 */
export interface Verb<Options, Result> {
  /** Adds arguments and options with their help; `--json` and `--help` are there already. */
  readonly command: (command: Command) => Command;
  /** What one types, and what it does: shown under `--help`. */
  readonly examples: readonly Example[];
  /** Parses what commander collected: camel-case options, and the positional arguments as `arguments`. */
  readonly options: z.ZodType<Options>;
  /** The published schema of `--json`. */
  readonly result: z.ZodType<Result>;
  readonly run: (options: Options, call: Call) => Promise<Outcome<Result>>;
  /** The result for a person; an empty string prints nothing. */
  readonly text: (result: Result, style: Style) => string;
}

export interface Example {
  readonly command: string;
  readonly explains: string;
}

/** What a verb leaves behind: its data, and how the command exits when not with 0. */
export interface Outcome<Result> {
  readonly result: Result;
  readonly exitCode?: ExitCode;
}

/** 0 done · 1 failed · 2 the call was wrong · 3 a check says no · 4 nothing to do. */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

/** What a verb is given beside its options. */
export interface Call {
  /** True with `--json`: standard output then belongs to the result and to {@link emit}. */
  readonly json: boolean;
  readonly progress: Progress;
  /** Aborted by Ctrl-C and SIGTERM; work stops, cleans up and throws `interrupted`. */
  readonly signal: AbortSignal;
  readonly style: Style;
  /** One line of JSON to standard output with `--json`, nothing otherwise: for verbs that tell as they go. */
  readonly emit: (event: object) => void;
}

/** A verb whose types are sealed inside: what the command line needs of any of them. */
export interface SealedVerb {
  readonly command: (command: Command) => Command;
  readonly examples: readonly Example[];
  readonly result: z.ZodType;
  /** Parses `raw`, runs, and gives the outcome with its text. Options that do not fit are an AshlarError `usage`. */
  readonly execute: (
    raw: unknown,
    call: Call,
  ) => Promise<Outcome<unknown> & { readonly text: (style: Style) => string }>;
}

/** Seals a verb: checks its options on the way in, ties its text to its result on the way out. */
export function defineVerb<Options, Result>(verb: Verb<Options, Result>): SealedVerb {
  return {
    command: verb.command,
    examples: verb.examples,
    result: verb.result,
    async execute(raw, call) {
      const options = verb.options.safeParse(raw);
      if (!options.success) {
        throw optionError(options.error.issues[0]);
      }
      const outcome = await verb.run(options.data, call);
      return { ...outcome, text: (style) => verb.text(outcome.result, style) };
    },
  };
}

/** The error for an option whose value does not fit, named as it is typed: `--disk-size`. */
function optionError(issue: z.core.$ZodIssue | undefined): AshlarError {
  const key = String(issue?.path[0] ?? '');
  const option = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const choices = issue?.code === 'invalid_value' && issue.message.startsWith('Invalid') ? issue.values : undefined;
  const why = choices === undefined ? issue?.message : `must be ${choices.map(String).join(' or ')}`;
  return new AshlarError('usage', `${key === 'arguments' ? 'The arguments' : option}: ${why ?? 'does not fit'}.`, {
    hint: '`--help` after the verb shows what it takes.',
  });
}
