import { readdirSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import { AshlarError } from '../../model/error.ts';

/** A definition's folder holds a handful of files; this many mean that it is not a folder of its own. */
const MAX_ENTRIES = 20_000;

/** Folders whose content comes from a package manager or from git, neither of which makes links that lead out. */
const SKIPPED = new Set(['node_modules', '.git']);

/**
 * The first symbolic link in `directory` that leads out of it, or undefined. Node's permission model follows links wherever they
 * lead: a link that a stranger's definition brings along would let it read a private key of this machine into an image.
 * @throws AshlarError `definition-not-allowed` when there are too many entries to look at
 */
export function outboundLink(directory: string): string | undefined {
  const root = realpathSync(directory);
  const open = [root];
  let entries = 0;
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (++entries > MAX_ENTRIES) {
        throw new AshlarError(
          'definition-not-allowed',
          `There are more than ${MAX_ENTRIES} files below ${directory}, which its definition could read.`,
          {
            hint: 'Keep the definition in a folder of its own, with the files that it needs.',
          },
        );
      }
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) open.push(path);
      if (entry.isSymbolicLink() && leadsOut(path, root)) return path;
    }
  }
  return undefined;
}

function leadsOut(link: string, root: string): boolean {
  try {
    const target = realpathSync(link);
    return target !== root && !target.startsWith(root + sep);
  } catch {
    // It leads nowhere, so nothing can be read through it.
    return false;
  }
}
