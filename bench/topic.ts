/** One question of a benchmark with its answer: several contestants measured side by side in one run. */
export interface Topic {
  /** Short: what `--only` names it by. */
  readonly name: string;
  readonly title: string;
  readonly unit: Unit;
  readonly series: readonly Series[];
  readonly goals: readonly Goal[];
  /** How it was measured, for who wants to do it again: plain sentences. */
  readonly method: string;
  /** What the reader must know to judge the figures. */
  readonly remarks: readonly string[];
  readonly measured: Circumstances;
}

export type Unit = 'seconds' | 'bytes';

/** What was measured of one contestant, one value a run. */
export interface Series {
  readonly name: string;
  readonly ours: boolean;
  readonly values: readonly number[];
  /** Processor time of all processes, seconds, where it was taken: less disturbed by what else the machine does. */
  readonly cpuSeconds?: readonly number[] | undefined;
}

/** What Ashlar wants to reach, in medians; `series`, `of` and `over` are names of series. */
export type Goal =
  | { readonly kind: 'value'; readonly series: string; readonly atMost: number }
  | { readonly kind: 'share'; readonly series: string; readonly of: string; readonly atMost: number }
  | { readonly kind: 'speedup'; readonly series: string; readonly over: string; readonly atLeast: number };

export interface Circumstances {
  /** ISO date. */
  readonly date: string;
  /** Average number of running processes over the minute before the measurement. */
  readonly load: number;
}
