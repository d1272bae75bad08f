import { formatDuration } from '../../src/cli/format-duration.ts';
import type { Style } from '../../src/cli/style.ts';
import type { Told } from './tell-story.ts';

/** The chapters with their times, a line each. */
export function summaryTable(told: readonly Told[], style: Style): string {
  const rows = told.map(({ title, seconds, seen, failed }) => ({
    mark: failed ? style.red('✖') : style.green('✔'),
    title,
    time: formatDuration(seconds * 1000),
    seen: seen.split('\n', 1)[0] ?? '',
  }));
  const width = (key: 'title' | 'time'): number => Math.max(...rows.map((row) => row[key].length));
  const [titles, times] = [width('title'), width('time')];
  const total = told.reduce((sum, { seconds }) => sum + seconds, 0);
  return [
    ...rows.map(
      ({ mark, title, time, seen }) => `${mark} ${title.padEnd(titles)}  ${time.padStart(times)}  ${style.dim(seen)}`,
    ),
    `  ${'in all'.padEnd(titles)}  ${formatDuration(total * 1000).padStart(times)}`,
  ].join('\n');
}
