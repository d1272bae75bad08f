import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Sha256, sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { type AgentMaterial, npmUrl } from './agent-material.ts';

/** Where Ashlar itself lies: names of modules in the bundle are relative to it, or the bundle would depend on the place. */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** What the agent starts with. */
const MAIN = 'src/agent/main.ts';

/** The agent as one file. */
export interface AgentBundle {
  readonly code: Buffer;
  readonly sha256: Sha256;
  /** Ashlar's own part of it, and the npm packages that are in it, sorted by name. */
  readonly materials: readonly AgentMaterial[];
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
    return { code, sha256: sha256(code), materials: materialsOf(Object.keys(chunk.modules)) };
  } catch (cause) {
    throw cause instanceof AshlarError ? cause : bundleError(main, cause);
  } finally {
    await bundle.close();
  }
}

/** What `modules` (paths) belong to: Ashlar, and npm packages. */
function materialsOf(modules: readonly string[]): AgentMaterial[] {
  const byFolder = Map.groupBy(modules, (path) => {
    const [, folder] = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
    // Ashlar may be installed as a package itself.
    return folder === undefined || path.startsWith(join(ROOT, 'src/')) ? ROOT : folder;
  });
  return [...byFolder]
    .filter(([folder]) => existsSync(join(folder, 'package.json')))
    .map(([folder, paths]): AgentMaterial => {
      const text = readFileSync(join(folder, 'package.json'), 'utf8');
      const { name, version, license } = JSON.parse(text) as { name: string; version: string; license?: string };
      return { name, version, licence: license ?? 'NOASSERTION', purl: npmUrl(name, version), sha256: digestOf(paths) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Of the sources at `paths`, in the order of their paths. */
function digestOf(paths: readonly string[]): Sha256 {
  const files = paths.filter((path) => path.startsWith('/')).sort();
  return sha256(Buffer.concat(files.map((path) => readFileSync(path))));
}

function bundleError(main: string, cause: unknown): AshlarError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AshlarError('internal', `The agent (${main}) could not be made into one file: ${reason}`, {
    hint: 'This is a defect of Ashlar: please report it.',
    cause,
  });
}
