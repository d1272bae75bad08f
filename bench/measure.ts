import type { Topic } from './topic.ts';

/** A benchmark that can be run by its name. */
export interface Measure<Subject> {
  readonly name: string;
  readonly title: string;
  readonly run: (subject: Subject) => Promise<Findings>;
}

/** What a measure finds out; its name, title and circumstances are added by who runs it. */
export type Findings = Omit<Topic, 'name' | 'title' | 'measured'>;
