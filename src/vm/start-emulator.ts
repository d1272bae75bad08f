import { type ChildProcess, spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { AshlarError } from '../model/error.ts';
import type { Emulator } from './emulator.ts';
import { CONTROL_DESCRIPTOR, SECOND_SERIAL_DESCRIPTOR, SERIAL_DESCRIPTOR } from './qemu-arguments.ts';

/** A QEMU that runs, and what it is reached by. */
export interface EmulatorProcess {
  readonly pid: number;
  readonly control: Duplex;
  readonly serial: Duplex;
  /** Silent when the machine has no second port. */
  readonly secondSerial: Duplex;
  /** Ends it at once. */
  readonly kill: () => void;
  /** When it has ended and its streams are read out: how, and the last of what it said on standard error. */
  readonly ended: Promise<{ readonly status: number | string; readonly complaint: string }>;
}

/** Characters of QEMU's standard error that are kept: it says one line when it cannot start. */
const COMPLAINT_LIMIT = 4096;

/** Nothing of the environment matters to QEMU but these: a library path, or a user's QEMU module path, would. */
const ENVIRONMENT = ['PATH', 'HOME', 'TMPDIR', 'LANG'];

/**
 * Starts QEMU in a process group of its own, so that a terminal's Ctrl-C reaches us and not the guest, and tied to our life by
 * PR_SET_PDEATHSIG (prctl(2), through setpriv), so that it ends with us even when we are killed.
 *
 * @throws AshlarError `emulator-failed` when it cannot be started at all.
 */
export async function startEmulator(emulator: Emulator, words: readonly string[]): Promise<EmulatorProcess> {
  const environment = Object.fromEntries(ENVIRONMENT.map((name) => [name, process.env[name]]));
  const child = spawn(emulator.setpriv, ['--pdeathsig', 'KILL', '--', emulator.program, ...words], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    detached: true,
    env: environment,
  });
  const ended = watch(child);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => reject(cannotStart(emulator, cause)));
  });
  return {
    pid: child.pid!,
    control: socketOf(child, CONTROL_DESCRIPTOR),
    serial: socketOf(child, SERIAL_DESCRIPTOR),
    secondSerial: socketOf(child, SECOND_SERIAL_DESCRIPTOR),
    kill: () => child.kill('SIGKILL'),
    ended,
  };
}

function watch(child: ChildProcess): EmulatorProcess['ended'] {
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-COMPLAINT_LIMIT);
  });
  return new Promise((resolve) => {
    child.once('close', (status, signal) => resolve({ status: status ?? signal ?? 'unknown', complaint }));
  });
}

/** Node makes pipes of a child beyond standard error as socket pairs, which QEMU takes as connected sockets. */
function socketOf(child: ChildProcess, descriptor: number): Duplex {
  const stream = child.stdio[descriptor];
  if (!(stream instanceof Duplex)) {
    throw new AshlarError('internal', `The emulator's descriptor ${descriptor} is not a socket.`, {
      hint: 'Report this.',
    });
  }
  // An end is seen as the process's end; a write after it must not be an unhandled error.
  stream.on('error', () => {});
  return stream;
}

function cannotStart(emulator: Emulator, cause: unknown): AshlarError {
  return new AshlarError('emulator-failed', `${emulator.program} could not be started.`, {
    hint: 'Check that it can be run by hand with --version.',
    cause,
  });
}
