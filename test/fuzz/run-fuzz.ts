import { fork } from 'node:child_process';
import type { ChildOrder, ChildReport } from './fuzz-child.ts';

export interface FuzzOptions {
  readonly target: string;
  readonly seed: number;
  readonly count: number;
  /** The first input's number; 0 when absent. */
  readonly from?: number;
}

/** What came of a run. `index` is that of the input which failed: with target and seed it makes the input again. */
export type FuzzResult =
  | { readonly kind: 'passed'; readonly refused: number; readonly accepted: number; readonly peakBytes: number }
  | { readonly kind: 'failed'; readonly index: number; readonly why: string };

/** The JavaScript heap of a child. */
const HEAP_MEBIBYTES = 256;
/** What an input may make the process grow by, garbage that is not collected yet included. */
const MAX_GROWTH_BYTES = 512 * 1024 * 1024;
/** An input that takes this long hangs: parsing one takes a millisecond. */
const DEADLINE_MILLISECONDS = 30_000;

/** Runs a target in a process of its own, with a bound on its memory and a deadline for every input. */
export async function runFuzz({ target, seed, count, from = 0 }: FuzzOptions): Promise<FuzzResult> {
  const result = await runChild({ target, seed, from, to: from + count, maxBytes: MAX_GROWTH_BYTES });
  if (result.kind !== 'lost') return result;
  // The child died or hung somewhere behind its last report: one input at a time shows where.
  for (let index = result.index; index < from + count; index++) {
    const one = await runChild({ target, seed, from: index, to: index + 1, maxBytes: MAX_GROWTH_BYTES });
    if (one.kind === 'lost') return { kind: 'failed', index, why: one.why };
    if (one.kind === 'failed') return one;
  }
  return { kind: 'failed', index: result.index, why: `${result.why}; no single input does it` };
}

type ChildResult = FuzzResult | { readonly kind: 'lost'; readonly index: number; readonly why: string };

function runChild(order: ChildOrder): Promise<ChildResult> {
  const { promise, resolve } = Promise.withResolvers<ChildResult>();
  const child = fork(new URL('./fuzz-child.ts', import.meta.url), {
    execArgv: [`--max-old-space-size=${HEAP_MEBIBYTES}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let index = order.from;
  let complaint = '';
  let hung = false;
  const onDeadline = (): void => {
    hung = true;
    child.kill('SIGKILL');
  };
  let deadline = setTimeout(onDeadline, DEADLINE_MILLISECONDS);
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4_000);
  });
  child.on('message', (message) => {
    const report = message as ChildReport;
    clearTimeout(deadline);
    if (report.kind === 'at') {
      index = report.index;
      deadline = setTimeout(onDeadline, DEADLINE_MILLISECONDS);
    } else if (report.kind === 'failed') resolve(report);
    else resolve({ ...report, kind: 'passed' });
  });
  child.once('close', (status) => {
    clearTimeout(deadline);
    // After a report this changes nothing.
    resolve({ kind: 'lost', index, why: hung ? 'it hung' : `its process ended with ${status}: ${complaint}` });
  });
  child.send(order);
  return promise;
}
