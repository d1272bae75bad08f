import { parseArgs } from 'node:util';
import { AshlarError } from '../../model/error.ts';
import { devicePaths } from '../device-paths.ts';
import { agentClient } from '../socket/agent-client.ts';
import type { ClientExit, ClientVerb } from './client-verb.ts';
import { paint } from './paint.ts';
import { doctor } from './verbs/doctor.ts';
import { history } from './verbs/history.ts';
import { pin, unpin } from './verbs/pin.ts';
import { rollback } from './verbs/rollback.ts';
import { status } from './verbs/status.ts';
import { update } from './verbs/update.ts';

const VERBS: readonly ClientVerb[] = [status, update, rollback, pin, unpin, history, doctor];

/** `ashlar` on a device: asks the agent. Returns the exit status; what it prints is on standard output, errors on standard error. */
export async function runClient(
  [name = 'status', ...rest]: readonly string[],
  socket: string = devicePaths().socket,
): Promise<ClientExit> {
  const wantsJson = rest.includes('--json');
  try {
    if (name === '--help' || name === '-h' || name === 'help') return print(overview());
    const verb = VERBS.find((each) => each.name === name);
    if (verb === undefined) throw usage(`There is no verb ${name}.`, 'ashlar help lists them.');
    const { values, positionals } = parse(verb, rest);
    if (values['help'] === true) return print(help(verb));
    const { exit, document, text } = await verb.run({
      agent: agentClient(socket),
      options: values,
      words: positionals,
      json: wantsJson,
      tell: wantsJson ? () => {} : teller(),
    });
    print(wantsJson ? `${JSON.stringify(document)}\n` : text);
    return exit;
  } catch (error) {
    return complain(error, wantsJson);
  }
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

function parse(verb: ClientVerb, args: readonly string[]): { values: Values; positionals: readonly string[] } {
  const options = { ...verb.options, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (positionals.length > verb.maxWords) throw new Error(`“${positionals[verb.maxWords]}” is one word too many`);
    return { values: values as Values, positionals };
  } catch (error) {
    throw usage(`${(error as Error).message}.`, `ashlar ${verb.name} --help shows what it takes.`);
  }
}

/** Lines as they come; progress on one line that is written anew, for a terminal alone. */
function teller(): (line: string, kind: 'line' | 'progress') => void {
  const { stderr } = process;
  let isDrawn = false;
  return (line, kind) => {
    if (kind === 'progress' && !stderr.isTTY) return;
    stderr.write(`${isDrawn ? '\r\x1b[K' : ''}${kind === 'line' ? `${paint('cyan', '•')} ${line}\n` : `  ${line}`}`);
    isDrawn = kind === 'progress';
  };
}

function complain(error: unknown, json: boolean): ClientExit {
  const known = error instanceof AshlarError;
  const code = known ? error.code : 'internal';
  const message = error instanceof Error ? error.message : String(error);
  const hint = known ? error.hint : 'This is a defect of Ashlar. Please report it with what you did.';
  if (json) print(`${JSON.stringify({ error: { code, message, hint } })}\n`);
  else
    process.stderr.write(
      `${paint('red', 'error')} ${paint('dim', `[${code}]`)} ${message}\n${paint('cyan', '  → ')}${hint}\n`,
    );
  return code === 'usage' ? 2 : 1;
}

function overview(): string {
  const verbs = VERBS.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`).join('\n');
  return `ashlar <verb> [--json]: this device and its updates\n\n${verbs}\n\nashlar <verb> --help shows what a verb takes.\n`;
}

function help({ name, summary, words, options, examples }: ClientVerb): string {
  const listed = Object.entries(options).map(([option, { type, help }]) => {
    return `  --${`${option}${type === 'string' ? ' <value>' : ''}`.padEnd(26)}${help}`;
  });
  const shown = examples.map(({ command, explains }) => `  $ ${command.padEnd(44)}${explains}`);
  return [
    `ashlar ${name}${words === '' ? '' : ` ${words}`}: ${summary}`,
    '',
    ...listed,
    `  --${'json'.padEnd(26)}print one JSON document`,
    '',
    'Examples:',
    ...shown,
    '',
  ].join('\n');
}

function print(text: string): 0 {
  process.stdout.write(text);
  return 0;
}

function usage(message: string, hint: string): AshlarError {
  return new AshlarError('usage', message, { hint });
}
