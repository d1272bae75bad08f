import { join } from 'node:path';

/** Names in a release's preflight folder, beside the serial logs, which are called `<trial>.log`. */
export const PREFLIGHT_FILES = {
  /** What came of it: a `PreflightReport`. */
  report: 'report.json',
  /** The same, signed: a DSSE envelope; not there when no key was named. */
  attestation: 'attestation.json',
} as const;

/** Where the result of a release's preflight lies: in the release's directory, but no part of the release. When that is built anew and differs, it is gone. */
export function preflightFolder(releaseDirectory: string): string {
  return join(releaseDirectory, 'preflight');
}
