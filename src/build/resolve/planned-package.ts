import { isSha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import type { LockedPackage } from '../../model/lock.ts';
import { downloadUri, mirrorOf } from './apt-instance.ts';
import type { Mirrors } from './mirror.ts';

/** `'URI' NAME_VERSION_ARCHITECTURE.deb SIZE SHA256:HEX` */
const LINE = /^'([^']+)' ([^\s_]+)_([^\s_]+)_([^\s_]+)\.deb (\d+) SHA256:([0-9a-f]+)$/;

/**
 * A line of what apt prints with `--print-uris`, as a package of the lock. apt has taken it from a signed index; the address
 * is cut down to the archive's own path.
 */
export function plannedPackage(line: string, group: LockedPackage['group'], mirrors: Mirrors): LockedPackage {
  const match = LINE.exec(line);
  if (match === null) throw unexpected(line);
  const [, uri = '', name = '', version = '', architecture = '', size = '', sha256 = ''] = match;
  if (!isSha256(sha256)) throw unexpected(line);
  const path = decodeURIComponent(uri);
  for (const suite of ['x-security', 'x']) {
    const { archive, uri: mirror } = mirrorOf(suite, mirrors);
    const base = `${decodeURIComponent(downloadUri(mirror))}/`;
    if (!path.startsWith(`${base}pool/`)) continue;
    return {
      name,
      version: decodeURIComponent(version),
      architecture,
      group,
      archive,
      path: path.slice(base.length),
      size: Number(size),
      sha256,
    };
  }
  throw unexpected(line);
}

function unexpected(line: string): AshlarError {
  return new AshlarError('resolve-failed', `apt names a package in a way that Ashlar does not understand: ${line}`, {
    hint: "Use a mirror of the distribution's archive: its packages lie below pool/ and have SHA-256 hashes.",
  });
}
