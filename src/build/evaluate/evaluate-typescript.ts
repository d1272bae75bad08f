import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { AshlarError } from '../../model/error.ts';
import type { DefinitionFile } from './locate-definition.ts';
import { outboundLink } from './outbound-link.ts';
import { REPORT_DESCRIPTOR, type Report } from './sandbox/report.ts';

export interface Limits {
  /** How long an evaluation may take. It takes 0.1 s; a machine under load needs a multiple. */
  readonly milliseconds: number;
}

export const DEFAULT_LIMITS: Limits = { milliseconds: 20_000 };

/** What V8 may keep, and what the process may have in all (V8 reserves some 600 MiB as it starts and uses little of it). */
const HEAP_MEBIBYTES = 128;
const DATA_BYTES = 1536 * 1024 * 1024;

/** CPU time after which the kernel ends the child, should this process die before it can. */
const CPU_SECONDS = 60;

const MAX_REPORT_BYTES = 32 * 1024 * 1024;
const MAX_OUTPUT_BYTES = 256 * 1024;

const PRLIMIT = '/usr/bin/prlimit';

/**
 * Evaluates a definition in a process of its own that may read the definition's folder, the packages that it can import and
 * Ashlar itself, and nothing else: no writing, no network, no processes (Node's permission model), no environment, bounded in
 * time, memory and output. The kernel's limits say the same of files and memory once more where `prlimit` is there.
 * @throws AshlarError `definition-not-allowed` when a link leads out of the folder, `definition-stopped` when it exceeded a bound or ended early, `interrupted`
 */
export async function evaluateTypescript(
  file: DefinitionFile,
  limits: Limits = DEFAULT_LIMITS,
  signal?: AbortSignal,
): Promise<{ report: Report; output: string }> {
  signal?.throwIfAborted();
  refuseOutboundLinks(file.directory);
  const child = startChild(file);
  const stop = (): void => void child.kill('SIGKILL');
  let overrun: string | undefined;
  const exceed = (what: string): void => {
    overrun ??= what;
    stop();
  };
  const timer = setTimeout(() => exceed(`It ran for more than ${limits.milliseconds / 1000} s.`), limits.milliseconds);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const [report, output, ending] = await Promise.all([
      collect(child.stdio[REPORT_DESCRIPTOR] as Readable, MAX_REPORT_BYTES, () => exceed('Its value is too large.')),
      collectBoth(child, () => exceed(`It printed more than ${MAX_OUTPUT_BYTES / 1024} KiB.`)),
      ended(child),
    ]);
    signal?.throwIfAborted();
    if (overrun === undefined && report.length > 0) return { report: JSON.parse(report) as Report, output };
    throw stopped(file, overrun ?? explainEnding(ending), output);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    stop();
  }
}

function refuseOutboundLinks(directory: string): void {
  const link = outboundLink(directory);
  if (link === undefined) return;
  throw new AshlarError('definition-not-allowed', `${link} is a link out of the folder of the definition.`, {
    hint: 'Copy what it leads to into the folder, or remove the link: a definition reads nothing else.',
  });
}

function startChild(file: DefinitionFile): ChildProcess {
  const script = new URL(`./sandbox/child.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);
  const ownSources = fileURLToPath(new URL('../../', import.meta.url));
  const node = [
    process.execPath,
    '--permission',
    ...[ownSources, file.directory, ...packageFolders(file.directory)].map((path) => `--allow-fs-read=${path}`),
    '--no-experimental-sqlite',
    '--no-addons',
    '--no-warnings',
    `--max-old-space-size=${HEAP_MEBIBYTES}`,
    fileURLToPath(script),
    pathToFileURL(file.path).href,
  ];
  const limited = [PRLIMIT, `--data=${DATA_BYTES}`, '--core=0', '--fsize=0', `--cpu=${CPU_SECONDS}`, '--', ...node];
  const [program = '', ...args] = existsSync(PRLIMIT) ? limited : node;
  return spawn(program, args, {
    cwd: file.directory,
    env: { TZ: 'UTC', LC_ALL: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
}

/** The `node_modules` folders in which an import from `directory` is looked for. */
function packageFolders(directory: string): string[] {
  const folders: string[] = [];
  for (let at = directory; ; at = dirname(at)) {
    const folder = join(at, 'node_modules');
    if (existsSync(folder)) folders.push(folder);
    if (dirname(at) === at) return folders;
  }
}

async function collect(stream: Readable, limit: number, exceed: () => void): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) exceed();
    else chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function collectBoth(child: ChildProcess, exceed: () => void): Promise<string> {
  const streams = [child.stdout!, child.stderr!];
  const texts = await Promise.all(streams.map((stream) => collect(stream, MAX_OUTPUT_BYTES, exceed)));
  return texts.join('');
}

type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

function ended(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

/** Node's exit code for a module whose top-level `await` never settles. */
const UNSETTLED_AWAIT = 13;

function explainEnding({ code, signal }: Ending): string {
  if (code === UNSETTLED_AWAIT) return 'It waits (`await`) for something that never happens.';
  if (signal === 'SIGABRT' || signal === 'SIGTRAP' || code === 134 || code === 133)
    return 'It needed more memory than it may have.';
  if (signal !== null) return `It was ended by ${signal}.`;
  return `It ended itself (exit code ${code}) before its value was known.`;
}

function stopped(file: DefinitionFile, why: string, output: string): AshlarError {
  const printed = output.trim().split('\n').slice(-3).join('\n').slice(-400);
  return new AshlarError('definition-stopped', `Evaluating ${file.path} was stopped. ${why}`, {
    hint: 'A definition only computes a value: look for a loop without end, an await, process.exit or very large data.',
    ...(printed === '' ? {} : { cause: new Error(printed) }),
  });
}
