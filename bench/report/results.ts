import type { MachineDescription } from '../machine-description.ts';
import type { Topic } from '../topic.ts';

/** Everything that a benchmark found out: what the report and the chart are made from. */
export interface Results {
  readonly format: 'ashlar-bench/1';
  readonly machine: MachineDescription;
  /** Versions of the contestants and of what they run on, by name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly topics: readonly Topic[];
}

/**
 * `fresh` and what `before` knows beyond it, in `order`: a part of the benchmark can be run alone. Figures of another machine, or of
 * other versions, are not kept: they do not stand beside these.
 */
export function mergeResults(before: Results | undefined, fresh: Results, order: readonly string[]): Results {
  const comparable =
    before !== undefined &&
    JSON.stringify([before.machine, before.versions]) === JSON.stringify([fresh.machine, fresh.versions]);
  const topics = new Map([...(comparable ? before.topics : []), ...fresh.topics].map((topic) => [topic.name, topic]));
  return { ...fresh, topics: order.flatMap((name) => topics.get(name) ?? []) };
}
