import { spreadOf } from '../spread.ts';
import type { Goal, Series, Topic } from '../topic.ts';
import { type Verdict, verdicts } from '../verdict.ts';
import { formatValue } from './format-value.ts';
import type { Results } from './results.ts';

/** The page `docs/benchmarks.md`. */
export function markdownReport({ machine, versions, topics }: Results): string {
  const memory = `${(machine.memory / 2 ** 30).toFixed(0)} GiB of memory`;
  const parts = [
    '# Benchmarks',
    'Ashlar and its peers, side by side on one machine: in each topic the contestants take turns in the same run, on the same input; what has no peer is measured alone. `npm run bench -- build` and `npm run bench -- update` write this page, its chart and the single measurements (`benchmarks.json`).',
    '![Medians of each contestant, with the range of all runs](benchmarks.svg)',
    '## Summary',
    table(
      ['what', 'goal', 'measured', ''],
      topics.flatMap((topic) => verdicts(topic).map((verdict) => summaryRow(topic, verdict))),
    ),
    ...topics.map((topic) => topicSection(topic, machine.cores)),
    '## Machine and versions',
    `${machine.cores} cores (${machine.processor}), ${memory}, ${machine.distribution}, Linux ${machine.kernel}.`,
    table(['program', 'version'], Object.entries(versions)),
    '## How to repeat',
    [
      '```',
      'npm run bench -- build                                  # what builds cost, as root; about an hour',
      'npm run bench -- update                                 # what updates cost, in virtual machines; about two hours where they are emulated',
      'npm run bench -- build --only rebuild,verity --runs 3   # a part; the rest of this page stays',
      '```',
    ].join('\n'),
    'The peers run in a Debian trixie tree that is made once by mmdebstrap, because they are newer there than on the oldest Debian that Ashlar builds on. The peer’s definition is `bench/mkosi`. Run it on a quiet machine: the load average of the minute before each topic is given with it.',
  ];
  return `${parts.join('\n\n')}\n`;
}

function topicSection(topic: Topic, cores: number): string {
  const { title, series, unit, method, remarks, measured } = topic;
  const runs = Math.max(...series.map(({ values }) => values.length));
  const cpu = series.some(({ cpuSeconds }) => cpuSeconds !== undefined);
  // More to do than processors to do it: times then tell more of the other work than of this.
  const company = measured.load > cores ? ': beside other work' : '';
  const when = `${measured.date}, ${runs === 1 ? 'one run' : `${runs} runs`}, load average before ${measured.load.toFixed(1)}${company}.`;
  const head = [
    '',
    runs === 1 ? 'measured' : 'median',
    ...(runs === 1 ? [] : ['least – most']),
    ...(cpu ? ['CPU'] : []),
  ];
  const rows = series.map((each) => {
    const { median, least, most } = spreadOf(each.values);
    const range = runs === 1 ? [] : [`${formatValue(least, unit)} – ${formatValue(most, unit)}`];
    return [contestant(each), formatValue(median, unit), ...range, ...(cpu ? [cpuOf(each)] : [])];
  });
  return [`## ${title}`, table(head, rows), [`${method} (${when})`, ...remarks].join('\n\n')].join('\n\n');
}

function contestant({ name, ours }: Series): string {
  return ours ? `**${name}**` : name;
}

function cpuOf({ cpuSeconds }: Series): string {
  return cpuSeconds === undefined ? '' : formatValue(spreadOf(cpuSeconds).median, 'seconds');
}

function summaryRow({ title, unit }: Topic, verdict: Verdict): string[] {
  const value = (figure: number): string =>
    verdict.goal.kind === 'value' ? formatValue(figure, unit) : `${figure.toFixed(2)}`;
  return [
    `${title}: ${subject(verdict.goal)}`,
    goalText(verdict, value),
    value(verdict.figure),
    verdict.met ? 'met' : '**missed**',
  ];
}

function subject(goal: Goal): string {
  switch (goal.kind) {
    case 'value':
      return goal.series;
    case 'share':
      return `${goal.series} / ${goal.of}`;
    case 'speedup':
      return `${goal.over} / ${goal.series}`;
  }
}

function goalText({ goal, limit }: Verdict, value: (figure: number) => string): string {
  return `${goal.kind === 'speedup' ? 'at least' : 'at most'} ${value(limit)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
