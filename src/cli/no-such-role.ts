import { AshlarError } from '../model/error.ts';

/** The error for a role of a repository that somebody named and that is not there. */
export function noSuchRole(role: string, channels: readonly string[]): AshlarError {
  return new AshlarError('channel-unknown', `There is no role ${role}.`, {
    hint: `It is one of: root, targets, snapshot, timestamp, ${channels.join(', ')}.`,
  });
}
