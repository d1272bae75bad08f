import type { Style } from '../../src/cli/style.ts';
import type { Chapter, Story } from './story.ts';

/** What came of a chapter. */
export interface Told {
  readonly title: string;
  readonly seconds: number;
  readonly seen: string;
  readonly failed: boolean;
}

/** Tells the chapters, one after another, and stops at the first that fails. */
export async function tellStory(story: Story, parts: readonly Chapter[], style: Style): Promise<readonly Told[]> {
  const told: Told[] = [];
  for (const { title, tell } of parts) {
    story.say(`\n${style.bold(title)}`);
    const started = performance.now();
    const seconds = (): number => (performance.now() - started) / 1000;
    try {
      const seen = await tell(story);
      told.push({ title, seconds: seconds(), seen, failed: false });
      story.say(`${style.green('✔')} ${seen}`);
    } catch (error) {
      const seen = error instanceof Error ? error.message : String(error);
      told.push({ title, seconds: seconds(), seen, failed: true });
      story.say(`${style.red('✖')} ${seen}`);
      break;
    }
  }
  return told;
}
