import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../store/program/run-program.ts';
import { type Mirrors, parseOneLineSources } from './mirror.ts';

/** $1 is the tree that mmdebstrap has just set up. Failing stops it there, before it goes to the network. */
const KEEP_SOURCES = 'cat "$1/etc/apt/sources.list" > "$ASHLAR_SOURCES"; exit 1';

/**
 * The mirrors that mmdebstrap uses when none is named: the distribution's own. Asked of it, so that no address is written down
 * here; undefined when it does not say.
 */
export async function standardMirrors(suite: string, signal?: AbortSignal): Promise<Mirrors | undefined> {
  const scratch = mkdtempSync(join(tmpdir(), 'ashlar-mirrors-'));
  try {
    const found = join(scratch, 'sources.list');
    mkdirSync(join(scratch, 'tmp'));
    const argv = [
      'mmdebstrap',
      '--mode=root',
      '--variant=custom',
      '--format=null',
      `--setup-hook=${KEEP_SOURCES}`,
      suite,
    ];
    await runProgram(['unshare', '--user', '--map-root-user', '--mount', ...argv], {
      env: { ASHLAR_SOURCES: found, TMPDIR: join(scratch, 'tmp') },
      signal,
    });
    const sources = parseOneLineSources(readFileSync(found, 'utf8'));
    const archive = sources.find(({ suites }) => suites.includes(suite))?.uri;
    const security = sources.find(({ suites }) => suites.some((name) => name.endsWith('-security')))?.uri;
    return archive === undefined ? undefined : { archive, security: security ?? archive };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
