import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../src/store/store.ts';
import { serveRepository } from '../../src/store/transport/serve-repository.ts';
import { HOST_SEEN_BY_GUEST } from '../../src/vm/machine-options.ts';
import { ashlarCommand } from './ashlar-command.ts';
import type { Story } from './story.ts';

/** Opens keys that are thrown away with the folder. */
const PASSPHRASE = 'worth nothing to anybody';

export interface StoryOptions {
  readonly trials: readonly string[];
  readonly say: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes a folder and a web server for the story and runs `use` with them; whatever happens, nothing is left.
 *
 * @param use gets the URL of the repository as the machine reaches it.
 */
export async function withStory<Result>(
  { trials, say, signal }: StoryOptions,
  use: (story: Story, repository: string) => Promise<Result>,
): Promise<Result> {
  const store = openStore();
  const parent = join(store.directory, 'story');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'run-'));
  mkdirSync(join(folder, 'repository'));
  const server = await serveRepository({ directory: join(folder, 'repository') });
  const story: Story = {
    folder,
    trials,
    say,
    ashlar(...words) {
      say(`$ ashlar ${words.map((word) => (/^[\w./:=-]+$/.test(word) ? word : JSON.stringify(word))).join(' ')}`);
      return ashlarCommand(words, { cwd: folder, passphrase: PASSPHRASE, onLine: (line) => say(`  ${line}`), signal });
    },
  };
  try {
    return await use(story, `http://${HOST_SEEN_BY_GUEST}:${server.port}/`);
  } finally {
    await story.device?.[Symbol.asyncDispose]();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
