import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { processMemory, sharedMemory } from './process-memory.ts';

/** A program that ran to its end, as `time` would tell it. */
export interface TimedProgram {
  readonly seconds: number;
  /** User and system time of the program and all that it waited for. */
  readonly cpuSeconds: number;
  /** Only when it was asked for. */
  readonly memory?: PeakMemory;
  readonly stdout: string;
}

/** Peaks seen while the program ran, in bytes. */
export interface PeakMemory {
  /** The largest single process. */
  readonly largest: number;
  /** Private memory of all processes at the same moment. */
  readonly anonymous: number;
  /** Files in memory (tmpfs) beyond those that were there before; of the whole machine. */
  readonly files: number;
  /** Private memory and files in memory together, at the same moment. */
  readonly together: number;
}

export interface TimedOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Sample memory while the program runs; this costs the program some time. */
  readonly watchMemory?: boolean;
  /** An exit code besides 0 that is no failure. */
  readonly alsoFine?: number;
}

const SAMPLE_MS = 100;
/** Lines of what a failed program said that are worth showing. */
const LINES_SHOWN = 20;
/** Processor times in /proc/PID/stat are in hundredths of a second on every Linux (proc_pid_stat(5), USER_HZ). */
const TICKS_PER_SECOND = 100;

/** Runs a program and measures it. Its failure throws, with the end of what it printed. */
export async function timedProgram(argv: readonly string[], options: TimedOptions = {}): Promise<TimedProgram> {
  const [program = '', ...args] = argv;
  const cpuBefore = childrenSeconds();
  const filesBefore = sharedMemory();
  const began = performance.now();
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const peak = { largest: 0, anonymous: 0, files: 0, together: 0 };
  const sample = (): void => {
    const { anonymous, largest } = processMemory(child.pid ?? -1);
    peak.largest = Math.max(peak.largest, largest);
    peak.anonymous = Math.max(peak.anonymous, anonymous);
    const files = Math.max(0, sharedMemory() - filesBefore);
    peak.files = Math.max(peak.files, files);
    peak.together = Math.max(peak.together, anonymous + files);
  };
  const timer = options.watchMemory === true ? setInterval(sample, SAMPLE_MS) : undefined;
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const status = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  }).finally(() => clearInterval(timer));
  const seconds = (performance.now() - began) / 1000;
  const text = Buffer.concat(stdout).toString('utf8');
  if (status !== 0 && status !== options.alsoFine) {
    const said = `${text}\n${Buffer.concat(stderr).toString('utf8')}`.trim().split('\n').slice(-LINES_SHOWN).join('\n');
    // A script among the arguments is not worth showing.
    const words = argv.filter((word) => !word.includes('\n')).join(' ');
    throw new Error(`${words} ended with ${status}:\n${said}`);
  }
  const cpuSeconds = childrenSeconds() - cpuBefore;
  return { seconds, cpuSeconds, stdout: text, ...(timer === undefined ? {} : { memory: peak }) };
}

/** Processor time of this process's children that have ended, with all that they waited for. */
function childrenSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  // Fields from the third on: cutime and cstime are the 16th and 17th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}
