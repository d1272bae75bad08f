import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { trixieObstacle } from '../test/oracle/trixie.ts';
import { BUILD_MEASURES } from './build/measures.ts';
import { prepareSubjects } from './build/subjects.ts';
import { readVersions } from './build/versions.ts';
import { openWorkshop, type Workshop } from './build/workshop.ts';
import { type BenchCall, parseCall } from './command-line.ts';
import { describeMachine } from './machine-description.ts';
import type { Findings, Measure } from './measure.ts';
import { barChart } from './report/chart.ts';
import { formatValue } from './report/format-value.ts';
import { markdownReport } from './report/markdown.ts';
import { mergeResults, type Results } from './report/results.ts';
import { spreadOf } from './spread.ts';
import type { Topic } from './topic.ts';
import { UPDATE_MEASURES } from './update/measures.ts';

const REPORT = {
  json: new URL('../docs/benchmarks.json', import.meta.url),
  markdown: new URL('../docs/benchmarks.md', import.meta.url),
  chart: new URL('../docs/benchmarks.svg', import.meta.url),
} as const;

/** A measure that has what it measures. */
interface Ready {
  readonly name: string;
  readonly title: string;
  readonly run: () => Promise<Findings>;
}

/** The suites with their measures, in the order of the report. What a suite measures is prepared when the first measure asks for it. */
const SUITES: Readonly<Record<string, (workshop: Workshop) => readonly Ready[]>> = {
  build: (workshop) => readied(BUILD_MEASURES, prepareSubjects(workshop)),
  update: (workshop) => readied(UPDATE_MEASURES, workshop),
};

function readied<Subject>(measures: readonly Measure<Subject>[], subject: Subject): readonly Ready[] {
  return measures.map(({ name, title, run }) => ({ name, title, run: () => run(subject) }));
}

/** Runs the measures one after another; the report is written after each, so that nothing is lost when a later one fails. */
async function main(argv: readonly string[]): Promise<void> {
  const call = parseCall(argv);
  const obstacle = trixieObstacle();
  if (obstacle !== undefined) throw new Error(obstacle);
  const measures = selected(call, openWorkshop(call.runs, say));
  const versions = readVersions();
  for (const measure of measures) {
    const topic = await measured(measure);
    for (const { name, values } of topic.series) {
      say(`${measure.name}: ${name}: ${formatValue(spreadOf(values).median, topic.unit)}`);
    }
    writeReport({ format: 'ashlar-bench/1', machine: describeMachine(), versions, topics: [topic] });
  }
}

function selected({ suite, only }: BenchCall, workshop: Workshop): readonly Ready[] {
  const measures = SUITES[suite]?.(workshop);
  if (measures === undefined)
    throw new Error(`there is no suite ${suite}; there are ${Object.keys(SUITES).join(', ')}`);
  const names = measures.map(({ name }) => name);
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`there is no measure ${unknown}; there are ${names.join(', ')}`);
  return measures.filter(({ name }) => only?.includes(name) ?? true);
}

async function measured({ name, title, run }: Ready): Promise<Topic> {
  const [load = 0] = loadavg();
  const findings = await run();
  return { name, title, ...findings, measured: { date: new Date().toISOString().slice(0, 10), load } };
}

function writeReport(fresh: Results): void {
  const order = [...BUILD_MEASURES, ...UPDATE_MEASURES].map(({ name }) => name);
  const results = mergeResults(readResults(), fresh, order);
  writeFileSync(REPORT.json, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(REPORT.markdown, markdownReport(results));
  writeFileSync(REPORT.chart, barChart(results));
}

/** What an earlier call measured, written by this program and kept with the sources. */
function readResults(): Results | undefined {
  try {
    return JSON.parse(readFileSync(REPORT.json, 'utf8')) as Results;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function say(text: string): void {
  process.stderr.write(`• ${text}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
