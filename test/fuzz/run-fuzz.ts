import { fork } from 'node:child_process';
import type { ChildOrder, ChildReport } from './fuzz-child.ts';

export interface FuzzOptions {
  /** The module of the target. */
  readonly target: URL;
  readonly seed: number;
  readonly count: number;
  /** The first input's number; 0 when absent. */
  readonly from?: number;
  /** An input that takes longer hangs; 30 s when absent, where parsing one takes a millisecond. */
  readonly deadlineMilliseconds?: number;
}

/** What came of a run. `index` is that of the input which failed: with target and seed it makes the input again. */
export type FuzzResult =
  | { readonly kind: 'passed'; readonly refused: number; readonly accepted: number; readonly peakBytes: number }
  | { readonly kind: 'failed'; readonly index: number; readonly why: string };

/** The JavaScript heap of a child. */
const HEAP_MEBIBYTES = 256;
/** What an input may make the process grow by, garbage that is not collected yet included. */
const MAX_GROWTH_BYTES = 512 * 1024 * 1024;
const DEADLINE_MILLISECONDS = 30_000;
/** Loading a target and trying its seeds, on a machine that does much else. */
const STARTUP_MILLISECONDS = 120_000;

/** Runs a target in a process of its own, with a bound on its memory and a deadline for every input. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { target, seed, count, from = 0, deadlineMilliseconds = DEADLINE_MILLISECONDS } = options;
  const run = (first: number, to: number): Promise<ChildResult> =>
    runChild({ target: target.href, seed, from: first, to, maxBytes: MAX_GROWTH_BYTES }, deadlineMilliseconds);
  const result = await run(from, from + count);
  if (result.kind !== 'lost') return result;
  // The child died or hung somewhere behind its last report: one input at a time shows where.
  for (let index = result.index; index < from + count; index++) {
    const one = await run(index, index + 1);
    if (one.kind !== 'passed') return { kind: 'failed', index, why: one.why };
  }
  return { kind: 'failed', index: result.index, why: `${result.why}; no single input does it` };
}

type ChildResult = FuzzResult | { readonly kind: 'lost'; readonly index: number; readonly why: string };

function runChild(order: ChildOrder, deadlineMilliseconds: number): Promise<ChildResult> {
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
  let deadline = setTimeout(onDeadline, STARTUP_MILLISECONDS);
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4_000);
  });
  child.on('message', (message) => {
    const report = message as ChildReport;
    clearTimeout(deadline);
    if (report.kind === 'at') {
      index = report.index;
      deadline = setTimeout(onDeadline, deadlineMilliseconds);
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
