import { trixieCommand } from '../../test/oracle/trixie.ts';
import { type TimedProgram, timedProgram } from '../timed-program.ts';
import type { Workshop } from './workshop.ts';

/** Runs a program of Debian trixie that sees the workshop at its own place. */
export function trixieProgram({ directory }: Workshop, argv: readonly string[]): Promise<TimedProgram> {
  const { command, env } = trixieCommand(argv, { binds: [directory] });
  return timedProgram(command, { env: { ...env } });
}
