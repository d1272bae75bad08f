import { parseArgs } from 'node:util';

/** What is asked of the benchmark. */
export interface BenchCall {
  readonly suite: string;
  /** Names of measures; all of the suite when undefined. */
  readonly only: readonly string[] | undefined;
  readonly runs: number;
}

const DEFAULT_RUNS = 5;
const MOST_RUNS = 7;

const USAGE = `Usage: npm run bench -- build|update [--only name,…] [--runs 1…${MOST_RUNS}]`;

/** Throws an Error that says what is wrong with the call, and how to call. */
export function parseCall(argv: readonly string[]): BenchCall {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { only: { type: 'string' }, runs: { type: 'string', default: String(DEFAULT_RUNS) } },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1 || runs > MOST_RUNS)
    throw new Error(`--runs is a number from 1 to ${MOST_RUNS}. ${USAGE}`);
  const [suite] = positionals;
  if (suite === undefined || positionals.length > 1) throw new Error(`Name one suite. ${USAGE}`);
  return { suite, only: values.only?.split(','), runs };
}
