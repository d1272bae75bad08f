import { brokenUpdate } from './chapters/broken-update.ts';
import { firstStart } from './chapters/first-start.ts';
import { fixedUpdate } from './chapters/fixed-update.ts';
import { goodUpdate } from './chapters/good-update.ts';
import { prepare } from './chapters/prepare.ts';
import { rollback } from './chapters/rollback.ts';
import { unfitUpdate } from './chapters/unfit-update.ts';
import type { Chapter } from './story.ts';

/**
 * The story in its order; each chapter goes on from where the one before ended.
 *
 * @param repository URL of the repository as the machine reaches it.
 */
export function chapters(repository: string): readonly Chapter[] {
  return [prepare(repository), firstStart, goodUpdate, unfitUpdate, brokenUpdate, fixedUpdate, rollback];
}
