import { spreadOf } from './spread.ts';
import type { Goal, Series, Topic } from './topic.ts';

/** How a goal came out. `figure` and `limit` are in the topic's unit for a `value`, else ratios. */
export interface Verdict {
  readonly goal: Goal;
  readonly figure: number;
  readonly limit: number;
  readonly met: boolean;
}

/** Holds the medians of a topic to its goals. */
export function verdicts({ series, goals }: Pick<Topic, 'series' | 'goals'>): readonly Verdict[] {
  const median = (name: string): number => spreadOf(seriesNamed(series, name).values).median;
  return goals.map((goal) => verdict(goal, median));
}

function verdict(goal: Goal, median: (series: string) => number): Verdict {
  switch (goal.kind) {
    case 'value':
      return atMost(goal, median(goal.series), goal.atMost);
    case 'share':
      return atMost(goal, median(goal.series) / median(goal.of), goal.atMost);
    case 'speedup': {
      const figure = median(goal.over) / median(goal.series);
      return { goal, figure, limit: goal.atLeast, met: figure >= goal.atLeast };
    }
  }
}

function atMost(goal: Goal, figure: number, limit: number): Verdict {
  return { goal, figure, limit, met: figure <= limit };
}

function seriesNamed(series: readonly Series[], name: string): Series {
  const found = series.find((each) => each.name === name);
  if (found === undefined) throw new TypeError(`no series is named ${name}`);
  return found;
}
