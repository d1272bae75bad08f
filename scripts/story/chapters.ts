import type { Accelerator } from '../../src/vm/machine-options.ts';
import { brokenUpdate } from './chapters/broken-update.ts';
import { firstStart } from './chapters/first-start.ts';
import { fixedUpdate } from './chapters/fixed-update.ts';
import { goodUpdate } from './chapters/good-update.ts';
import { prepare } from './chapters/prepare.ts';
import { rollback } from './chapters/rollback.ts';
import { unfitUpdate } from './chapters/unfit-update.ts';
import type { Chapter } from './story.ts';
import { DEADLINES } from './story-definition.ts';

/**
 * The story in its order; each chapter goes on from where the one before ended.
 *
 * @param repository URL of the repository as the machine reaches it.
 * @param accelerator how the machine runs: the time that versions have to prove themselves follows from it.
 */
export function chapters(repository: string, accelerator: Accelerator): readonly Chapter[] {
  return [
    prepare(repository, DEADLINES[accelerator]),
    firstStart,
    goodUpdate,
    unfitUpdate,
    brokenUpdate,
    fixedUpdate,
    rollback,
  ];
}
