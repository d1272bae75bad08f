import { formatDuration } from '../../src/cli/format-duration.ts';
import type { Style } from '../../src/cli/style.ts';
import type { Told } from './tell-story.ts';

/** The chapters with their times, and below each what was seen; the sum at the end. */
export function summaryTable(told: readonly Told[], style: Style): string {
  const rows = told.map(({ title, seconds, seen, failed }) => ({
    mark: failed ? style.red('✖') : style.green('✔'),
    title,
    time: formatDuration(seconds * 1000),
    seen: seen.split('\n', 1)[0] ?? '',
  }));
  const sum = formatDuration(told.reduce((total, { seconds }) => total + seconds, 0) * 1000);
  const titles = Math.max(...rows.map(({ title }) => title.length));
  const times = Math.max(sum.length, ...rows.map(({ time }) => time.length));
  const rule = style.dim('─'.repeat(titles + times + 4));
  return [
    rule,
    ...rows.flatMap(({ mark, title, time, seen }) => [
      `${mark} ${style.bold(title.padEnd(titles))}  ${time.padStart(times)}`,
      `  ${style.dim(seen)}`,
    ]),
    rule,
    `  ${'in all'.padEnd(titles)}  ${sum.padStart(times)}`,
  ].join('\n');
}
