import { existsSync, linkSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchPackages } from '../../src/build/fetch/fetch-packages.ts';
import { lockPath } from '../../src/build/lock-file.ts';
import { type Lock, parseLock } from '../../src/model/lock.ts';
import { SILENT } from '../../src/model/progress.ts';
import { openStore } from '../../src/store/store.ts';
import { type TimedOptions, type TimedProgram, timedProgram } from '../timed-program.ts';
import type { Workshop } from './workshop.ts';

const LAUNCHER = fileURLToPath(new URL('../../ashlar', import.meta.url));
/** The file of the definition that {@link AshlarProject.changeFile} changes. */
const MARKER = 'marker.txt';
/** Keeps downloaded packages from one benchmark to the next, and nothing else: it is never built with. */
const DOWNLOADS = 'ashlar/downloads';

/** How `ashlar lock --update` exits when the lock is the newest there is. */
const NOTHING_NEWER = 4;

/** A definition and its lock, worked on by the command line as a person would. */
export interface AshlarProject {
  readonly lock: Lock;
  readonly changeFile: (text: string) => void;
  /** `ashlar lock --update`, with all indexes of the mirror. */
  readonly updateLock: () => Promise<TimedProgram>;
  /** `ashlar build` with the store at `store`. */
  readonly build: (store: string, options?: { readonly watchMemory?: boolean }) => Promise<TimedProgram>;
  /** The directory of the release that builds make. */
  readonly release: string;
}

/** `examples/minimal` with one more file and `packages`, locked, and what the lock names downloaded. */
export async function ashlarProject(
  workshop: Workshop,
  name: string,
  packages: readonly string[] = [],
): Promise<AshlarProject> {
  const directory = workshop.kept(`ashlar/${name}`);
  const out = workshop.kept(`out/${name}`);
  const changeFile = (text: string): void => writeFileSync(join(directory, MARKER), `${text}\n`);
  const updateLock = (): Promise<TimedProgram> =>
    ashlar(['lock', directory, '--update'], { ...environment(workshop.kept(DOWNLOADS)), alsoFine: NOTHING_NEWER });
  writeFileSync(join(directory, 'os.ts'), definition(packages));
  changeFile('as first built');
  const path = lockPath(directory);
  if (!existsSync(path)) await updateLock();
  const lock = parseLock(readFileSync(path), path);
  await fetchPackages(lock, openStore(workshop.kept(DOWNLOADS)), { progress: SILENT });
  return {
    lock,
    changeFile,
    updateLock,
    build: (store, { watchMemory = false } = {}) =>
      ashlar(['build', directory, '-o', out], { ...environment(store), watchMemory }),
    release: join(out, 'minimal/1.0.0'),
  };
}

/** Makes a store that holds the packages of `locks` and nothing else: hard links, so it costs nothing. */
export function storeOfPackages(workshop: Workshop, name: string, locks: readonly Lock[]): string {
  const directory = workshop.fresh(`ashlar/${name}`);
  const [from, to] = [openStore(workshop.kept(DOWNLOADS)), openStore(directory)];
  for (const { sha256 } of locks.flatMap(({ packages }) => packages)) {
    if (to.has(sha256)) continue;
    mkdirSync(dirname(to.pathOf(sha256)), { recursive: true });
    linkSync(from.pathOf(sha256), to.pathOf(sha256));
  }
  return directory;
}

/** Runs the command line of this checkout. */
export function ashlar(words: readonly string[], options: TimedOptions = {}): Promise<TimedProgram> {
  return timedProgram([LAUNCHER, ...words], options);
}

function environment(store: string): Pick<TimedOptions, 'env'> {
  return { env: { ...process.env, ASHLAR_STORE: store } };
}

function definition(packages: readonly string[]): string {
  return `import { defineSystem } from 'ashlar';

export default defineSystem({
  name: 'minimal',
  version: '1.0.0',
  base: { suite: 'trixie' },
  kernel: 'cloud',
  console: { serial: true, login: 'root-autologin' },
  packages: ${JSON.stringify(packages)},
  files: { '/usr/share/bench/marker': { from: './${MARKER}' } },
});
`;
}
