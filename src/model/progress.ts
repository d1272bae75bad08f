/**
 * How long work tells what it does. The rooms below report through it and know nothing of terminals: the command line draws bars,
 * prints lines or emits JSON.
 */
export interface Progress {
  /** Starts a step, e.g. `begin('Fetching packages', { total: 190_000_000, unit: 'bytes' })`. */
  begin(title: string, options?: { readonly total?: number; readonly unit?: 'bytes' | 'items' }): ProgressStep;
  /** Says something that is worth keeping on the screen, e.g. that a lock was written. */
  note(text: string): void;
}

export interface ProgressStep {
  /** `amount` more of the total is done. */
  advance(amount: number): void;
  /** What is being worked on now: one short phrase, replaced by the next. */
  status(text: string): void;
  /** The step is done; `summary` replaces the bar, e.g. `189 packages, 61 MB`. */
  end(summary?: string): void;
}

/** Says nothing. */
export const SILENT: Progress = {
  begin: () => ({ advance: () => {}, status: () => {}, end: () => {} }),
  note: () => {},
};
