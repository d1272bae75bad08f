import { existsSync, linkSync, renameSync } from 'node:fs';

/** What file systems say that have no hard links: FAT and exFAT of a USB stick, some network shares. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * Gives the file `from` the name `to`, unless something has it: false then. By a hard link, which only one process can make; where there are none by a
 * rename, after a look: another writer could come between, and the repository's lease keeps others away.
 */
export function linkOrRename(from: string, to: string, link: (from: string, to: string) => void = linkSync): boolean {
  try {
    link(from, to);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'EEXIST') return false;
    if (!NO_LINKS.has(code)) throw error;
    if (existsSync(to)) return false;
    renameSync(from, to);
  }
  return true;
}
