import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Sha256, sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';

/** Where Ashlar itself lies: names of modules in the bundle are relative to it, or the bundle would depend on the place. */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** What the agent starts with. */
const MAIN = 'src/agent/main.ts';

/** The agent as one file. */
export interface AgentBundle {
  readonly code: Buffer;
  readonly sha256: Sha256;
  /** The npm packages that are in it, sorted by name. */
  readonly packages: readonly NpmPackage[];
}

export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** As its package.json says it: an SPDX expression. */
  readonly licence: string;
}

/**
 * Bundles the module `main` (of Ashlar's own, a path from its root) with all that it imports into one ES module that Node runs as it
 * is. The same sources give the same bytes, wherever they lie. It is not minified: a stack trace from a device should say where. That
 * takes about 0.1 s, no longer than finding out whether an earlier result still holds.
 */
export async function bundleAgent(main: string = MAIN): Promise<AgentBundle> {
  // Loaded only here: most builds bundle nothing.
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({
    input: join(ROOT, main),
    cwd: ROOT,
    platform: 'node',
    onLog: (level, log) => {
      // An import that is not found would be left in the bundle, and fail on the device.
      if (level === 'warn') throw bundleError(main, log.message);
    },
  }).catch((cause: unknown) => {
    throw bundleError(main, cause);
  });
  try {
    const { output } = await bundle.generate({
      format: 'esm',
      codeSplitting: false,
      minify: false,
      comments: { legal: true, annotation: false, jsdoc: false },
    });
    const [chunk, ...more] = output;
    if (chunk === undefined || more.length > 0) throw bundleError(main, `it became ${output.length} files`);
    const code = Buffer.from(chunk.code);
    return { code, sha256: sha256(code), packages: packagesOf(Object.keys(chunk.modules)) };
  } catch (cause) {
    throw cause instanceof AshlarError ? cause : bundleError(main, cause);
  } finally {
    await bundle.close();
  }
}

/** The npm packages that `modules` (paths) belong to; Ashlar's own modules belong to none. */
function packagesOf(modules: readonly string[]): NpmPackage[] {
  const folders = new Set(
    modules.flatMap((path) => {
      const own = path.startsWith(join(ROOT, 'src/'));
      const [, folder] = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
      return own || folder === undefined ? [] : [folder];
    }),
  );
  return [...folders].sort().map((folder) => {
    const text = readFileSync(join(folder, 'package.json'), 'utf8');
    const { name, version, license } = JSON.parse(text) as { name: string; version: string; license?: string };
    return { name, version, licence: license ?? 'NOASSERTION' };
  });
}

function bundleError(main: string, cause: unknown): AshlarError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AshlarError('internal', `The agent (${main}) could not be made into one file: ${reason}`, {
    hint: 'This is a defect of Ashlar: please report it.',
    cause,
  });
}
