import { basename, dirname, join, resolve } from 'node:path';

/** Names in a release's preflight folder, beside the serial logs, which are called `<trial>.log`. */
export const PREFLIGHT_FILES = {
  /** What came of it: a `PreflightReport`. */
  report: 'report.json',
  /** The same, signed: a DSSE envelope; not there when no key was named. */
  attestation: 'attestation.json',
} as const;

/** Where the result of a release's preflight lies: `<version>_preflight` beside the release, which itself never changes. No version has a `_` in it. */
export function preflightFolder(releaseDirectory: string): string {
  const release = resolve(releaseDirectory);
  return join(dirname(release), `${basename(release)}_preflight`);
}
