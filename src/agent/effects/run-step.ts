import type { StepName } from '../../engine/event.ts';
import { AshlarError } from '../../model/error.ts';
import type { ErrorCode } from '../../model/error-codes.ts';
import type { EventBody } from '../daemon/event-body.ts';
import { objectionOf } from './objection-of.ts';

/** What will not become better by trying again: the release itself, or the disk, is not what it would have to be. */
const LASTING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'boot-image-refused',
  'manifest-invalid',
  'image-larger-than-slot',
  'disk-unsupported',
  'path-outside-root',
]);

/** Does a step, and answers that it is done or why it is not. Undefined when it was stopped. */
export async function runStep(
  step: StepName,
  signal: AbortSignal,
  work: () => void | Promise<void>,
): Promise<EventBody | undefined> {
  try {
    await work();
    return signal.aborted ? undefined : { kind: 'step-done', step };
  } catch (error) {
    if (signal.aborted) return undefined;
    const retry = error instanceof AshlarError && LASTING.has(error.code) ? 'never' : 'later';
    return { kind: 'step-failed', step, problem: objectionOf(error), retry };
  }
}
