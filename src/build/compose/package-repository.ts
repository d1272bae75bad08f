import { copyFileSync, linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LockedPackage } from '../../model/lock.ts';
import { writing } from '../../store/disk-full.ts';
import type { Store } from '../../store/store.ts';
import type { ControlFiles } from '../package/control-files.ts';

/** Makes a repository of exactly these packages in `directory`: hard links to the store, and an index with the lock's hashes. */
export function writeRepository(
  directory: string,
  packages: readonly LockedPackage[],
  controls: ControlFiles,
  store: Store,
): void {
  writing(store.directory, () => {
    mkdirSync(join(directory, 'pool'), { recursive: true });
    const stanzas = packages.map(({ sha256, size, name, architecture }) => {
      const file = `pool/${name}_${architecture}_${sha256.slice(0, 16)}.deb`;
      linkOrCopy(store.pathOf(sha256), join(directory, file));
      const control = controls.get(sha256)?.text.trimEnd() ?? '';
      return `${control}\nFilename: ${file}\nSize: ${size}\nSHA256: ${sha256}\n`;
    });
    writeFileSync(join(directory, 'Packages'), stanzas.join('\n'));
  });
}

/** Linux links no file of another user (proc(5), `protected_hardlinks`), as in a store that is shared. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
