import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { AshlarError } from '../../model/error.ts';

export interface ProgramOptions {
  /** Added to a small, fixed environment: nothing of the caller's locale, time zone or settings reaches a program. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Ends the program, with everything that it started. */
  readonly signal?: AbortSignal | undefined;
  /** Called with every line of standard error as it comes. */
  readonly onLine?: (line: string) => void;
  /** Of each output only the last bytes, so many, are kept: for programs that may say anything. Default: all, and too much is an error. */
  readonly keepBytes?: number;
}

export interface ProgramOutput {
  /** The exit status; 128 and more when a signal ended it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What programs may print before they are taken for mad: apt prints some megabytes when asked for all package names. */
const MAX_OUTPUT_BYTES = 64 << 20;
/** How long a program may take to tidy up after SIGTERM before it is killed. */
const GRACE_MS = 5_000;
/** What a shell reports for a program that a signal ended. */
const SIGNALLED = 128;

/** Runs a program to its end and collects what it prints. Throws `missing-package` when it is not there, the signal's reason when aborted. */
export async function runProgram(argv: readonly string[], options: ProgramOptions = {}): Promise<ProgramOutput> {
  const running = startProgram(argv, options);
  try {
    const [stdout, stderr] = await Promise.all([
      collect(running.stdout, argv, options.keepBytes),
      collect(running.stderr, argv, options.keepBytes, options.onLine),
    ]);
    return { status: await running.exit, stdout, stderr };
  } finally {
    running.stop();
  }
}

export interface RunningProgram {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The exit status, once the program and its output have ended. */
  readonly exit: Promise<number>;
  /** Ends the program and what it started; nothing happens when it has ended already. */
  readonly stop: () => void;
}

/**
 * Starts a program in a process group of its own, with a fixed environment. It is ended with its group when the signal is
 * aborted, and (`setpriv --pdeathsig`) killed when this process is: nothing is left running.
 */
export function startProgram(argv: readonly string[], options: ProgramOptions = {}): RunningProgram {
  options.signal?.throwIfAborted();
  const [program = ''] = argv;
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(
    'setpriv',
    ['--pdeathsig', 'SIGKILL', '--', ...argv],
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...fixedEnvironment(), ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    },
  );
  let ended = false;
  let killing: NodeJS.Timeout | undefined;
  const stop = (): void => {
    if (ended || killing !== undefined || child.pid === undefined) return;
    const group = child.pid;
    signalGroup(group, 'SIGTERM');
    killing = setTimeout(() => signalGroup(group, 'SIGKILL'), GRACE_MS);
  };
  options.signal?.addEventListener('abort', stop, { once: true });
  const exit = new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(notThere('setpriv', error)));
    child.once('close', (code) => {
      ended = true;
      clearTimeout(killing);
      options.signal?.removeEventListener('abort', stop);
      if (options.signal?.aborted) reject(options.signal.reason);
      else if (code === COMMAND_NOT_FOUND) reject(notThere(program));
      else resolve(code ?? SIGNALLED);
    });
  });
  // Whoever reads the output first may fail and never come to await the exit.
  exit.catch(() => {});
  return { stdout: child.stdout, stderr: child.stderr, exit, stop };
}

/** What `setpriv` exits with when it cannot find the program. */
const COMMAND_NOT_FOUND = 127;

/** The Debian packages of the programs that a build calls. */
const PACKAGE_OF: Readonly<Record<string, string>> = {
  'apt-cache': 'apt',
  'apt-config': 'apt',
  'apt-get': 'apt',
  'dpkg-deb': 'dpkg',
  mmdebstrap: 'mmdebstrap',
  newuidmap: 'uidmap',
  prlimit: 'util-linux',
  'qemu-img': 'qemu-utils',
  setpriv: 'util-linux',
  unshare: 'util-linux',
  xz: 'xz-utils',
};

function notThere(program: string, cause?: unknown): AshlarError {
  const name = PACKAGE_OF[program] ?? program;
  return new AshlarError('missing-package', `The program ${program} is not installed.`, {
    hint: `Install it: apt-get install ${name}`,
    cause,
  });
}

function fixedEnvironment(): Record<string, string> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    HOME: '/',
  };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended already.
  }
}

async function collect(
  stream: Readable,
  argv: readonly string[],
  keepBytes: number | undefined,
  onLine?: (line: string) => void,
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  let rest = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    while (keepBytes !== undefined && size - chunks[0]!.length >= keepBytes) size -= chunks.shift()!.length;
    if (size > MAX_OUTPUT_BYTES) {
      throw new AshlarError('internal', `${argv[0]} printed more than ${MAX_OUTPUT_BYTES} bytes.`, {
        hint: 'Report this with the command that you ran.',
      });
    }
    if (onLine === undefined) continue;
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  }
  const all = Buffer.concat(chunks);
  return (keepBytes === undefined ? all : all.subarray(Math.max(0, all.length - keepBytes))).toString('utf8');
}
