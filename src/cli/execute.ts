import { constants } from 'node:os';
import { AshlarError } from '../model/error.ts';
import { onLostReader } from './output-errors.ts';
import { asAshlarError } from './render-error.ts';
import { styleFor } from './style.ts';
import { terminalProgress } from './terminal-progress.ts';
import type { SealedVerb } from './verb.ts';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a verb with what it needs around it: progress on standard error, an abort signal fed by Ctrl-C (a second one ends the
 * process at once), and prints its outcome. Returns the exit code.
 */
export async function execute(verb: SealedVerb, raw: unknown, json: boolean): Promise<number> {
  const stop = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (stop.signal.aborted) process.exit(128 + constants.signals[name]);
    stop.abort(
      new AshlarError('interrupted', `Interrupted by ${name}.`, {
        hint: 'Run the command again: what it has done already is not done twice.',
      }),
    );
  };
  for (const name of STOP_SIGNALS) process.on(name, onSignal);
  const stopListening = onLostReader(process.stdout, (reason) => stop.abort(reason));
  const progress = terminalProgress(process.stderr, styleFor(process.stderr));
  const emit = (event: object): void => {
    if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
  };
  try {
    const style = styleFor(process.stdout);
    const outcome = await verb.execute(raw, { json, progress, signal: stop.signal, style, emit });
    progress.close();
    const text = json ? JSON.stringify(outcome.result) : outcome.text(style);
    if (text !== '') process.stdout.write(`${text}\n`);
    return outcome.exitCode ?? 0;
  } catch (thrown) {
    // Work that was aborted fails in many ways; the reason is the one that counts.
    throw stop.signal.aborted ? asAshlarError(stop.signal.reason) : thrown;
  } finally {
    progress.close();
    stopListening();
    for (const name of STOP_SIGNALS) process.off(name, onSignal);
  }
}
