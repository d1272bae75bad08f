/** How far the work that goes on is. */
export interface WorkProgress {
  /** What is done, for a person: `writing the root image`. */
  readonly activity: string;
  /** Bytes. */
  readonly done: number;
  readonly total: number;
}

/** Takes the progress of work; undefined when none goes on. */
export type ReportProgress = (progress: WorkProgress | undefined) => void;
