import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import type { AshlarError } from '../model/error.ts';
import { execute } from './execute.ts';
import { guardOutputs } from './output-errors.ts';
import { asAshlarError, errorReport, renderError } from './render-error.ts';
import { styleFor } from './style.ts';
import { unknownVerb, usageError } from './usage-error.ts';
import type { SealedVerb } from './verb.ts';
import { VERBS, type VerbEntry } from './verbs.ts';

const GROUP_TITLES = {
  author: 'Define, build and try a system:',
  release: 'Sign and publish releases:',
  plumbing: 'Plumbing:',
} as const;

/** The command line: finds the verb, loads it alone, runs it and exits as its outcome says. */
export async function main(words: readonly string[]): Promise<number> {
  const argv = inUsualOrder(words);
  const json = argv.includes('--json');
  const entry = VERBS.find(({ name }) => name.split(' ').every((word, at) => argv[at] === word));
  let exitCode = 0;
  try {
    const program = entry === undefined ? overview(argv) : await verbProgram(entry, (code) => (exitCode = code));
    await program.parseAsync([...argv], { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
    const error = thrown instanceof CommanderError ? usageError(thrown, entry?.name) : asAshlarError(thrown);
    if (json) process.stdout.write(`${JSON.stringify(errorReport(error))}\n`);
    tell(error);
    return error.code === 'usage' ? 2 : 1;
  }
  return exitCode;
}

/** `ashlar help build` is `ashlar build --help`, `ashlar fs --help` is about all, and `--json` may stand before the verb. */
function inUsualOrder([first, ...rest]: readonly string[]): string[] {
  if (first === 'help') return [...rest, '--help'];
  if (isGroup(first) && ['--help', '-h', 'help'].includes(rest[0] ?? '')) return ['--help'];
  if (first === '--json' && rest.length > 0) return [...rest, first];
  return first === undefined ? [] : [first, ...rest];
}

function tell(error: AshlarError): void {
  process.stderr.write(`${renderError(error, styleFor(process.stderr))}\n`);
}

/** A commander program that knows one verb, so that nothing else is imported. */
async function verbProgram(entry: VerbEntry, done: (exitCode: number) => void): Promise<Command> {
  const { default: verb } = await entry.load();
  const program = quiet(new Command('ashlar'));
  const words = entry.name.split(' ');
  let parent = program;
  for (const word of words.slice(0, -1)) parent = quiet(parent.command(word));
  const command = quiet(parent.command(words.at(-1) ?? ''));
  verb
    .command(command.description(entry.summary))
    .option('--json', 'print the result as JSON; the schema is in docs/usage/schema')
    .addHelpText('after', examples(verb))
    .action(async (...args: unknown[]) => {
      // Commander passes the positional arguments, then the options, then the command.
      const positional = args.slice(0, -2);
      done(await execute(verb, { ...command.opts(), arguments: positional }, command.opts()['json'] === true));
    });
  return program;
}

/** Commander's own exits become exceptions, and its errors are printed as ours are. */
function quiet(command: Command): Command {
  return command.exitOverride().configureOutput({ writeErr: () => {} });
}

function examples(verb: SealedVerb): string {
  const width = Math.max(...verb.examples.map(({ command }) => command.length));
  return `\nExamples:\n${verb.examples.map(({ command, explains }) => `  $ ${command.padEnd(width)}  ${explains}`).join('\n')}`;
}

function overview(argv: readonly string[]): Command {
  const program = quiet(new Command('ashlar'));
  program
    .description('Build, verify and run immutable Linux systems from typed definitions.')
    .version(packageVersion(), '-V, --version')
    .usage('<verb> [arguments]')
    .argument('[words...]')
    .allowUnknownOption()
    .addHelpText('after', verbList())
    .action((words: readonly string[]) => {
      if (words.length === 0) return program.help();
      throw unknownVerb(words, VERBS);
    });
  // Help that is asked for of a verb that does not exist is not the overview's.
  return argv[0]?.startsWith('-') === false ? program.helpOption(false) : program;
}

function isGroup(word: string | undefined): boolean {
  return VERBS.some(({ name }) => name.startsWith(`${word} `));
}

function verbList(): string {
  const width = Math.max(0, ...VERBS.map(({ name }) => name.length));
  const sections = Object.entries(GROUP_TITLES).map(([group, title]) => {
    const verbs = VERBS.filter((verb) => verb.group === group);
    return `\n${title}\n${verbs.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n')}`;
  });
  return `${sections.join('\n')}\n\nashlar <verb> --help shows a verb's options and examples.`;
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

guardOutputs([process.stdout, process.stderr], (error) => {
  tell(asAshlarError(error));
  process.exitCode = 1;
});
// What was written may still fail; its error, should there be one, has the last word.
process.exitCode = (await main(process.argv.slice(2))) || process.exitCode || 0;
