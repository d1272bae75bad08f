import { spawn } from 'node:child_process';

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname;

export interface CommandResult {
  readonly status: number;
  /** Standard output, and what was said on standard error. */
  readonly output: string;
  readonly said: string;
}

export interface CommandOptions {
  readonly cwd: string;
  /** Opens the keys of the story, which are worth nothing. */
  readonly passphrase: string;
  /** Called with every line that the command says while it works. */
  readonly onLine: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a verb as a person would, in a process of its own. */
export function ashlarCommand(words: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
  const child = spawn(process.execPath, [MAIN, ...words], {
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ASHLAR_PASSPHRASE: options.passphrase, NO_COLOR: '1' },
    ...(options.signal === undefined ? {} : { signal: options.signal, killSignal: 'SIGTERM' }),
  });
  const text = { output: '', said: '' };
  let open = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text.output += piece;
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    text.said += piece;
    const lines = (open + piece).split('\n');
    open = lines.pop() ?? '';
    for (const line of lines) options.onLine(line);
  });
  child.once('error', reject);
  child.once('close', (status) => resolve({ status: status ?? 1, ...text }));
  return promise;
}
