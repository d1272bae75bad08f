import { createHash } from 'node:crypto';
import { AshlarError } from '../../model/error.ts';
import type { MetaFile } from '../metadata/metadata-schema.ts';

/** The hashes that are known; others that are listed beside them are let pass. */
const ALGORITHMS = ['sha256', 'sha512'] as const;

/**
 * The check against a mix-and-match attack (TUF 5.5.2, 5.6.2): throws `metadata-mismatch` unless `bytes` are the file that the signed metadata above it
 * describes, by length and hashes where it has them.
 */
export function checkMetaFile(bytes: Buffer, { length, hashes }: MetaFile, file: string): void {
  if (!isMetaFile(bytes, { length, hashes })) throw mismatch(file, 'is not the one that the metadata above it names');
}

/** {@link checkMetaFile} as a question. */
export function isMetaFile(bytes: Buffer, { length, hashes }: Pick<MetaFile, 'length' | 'hashes'>): boolean {
  if (length !== undefined && length !== bytes.length) return false;
  if (hashes === undefined) return true;
  const known = ALGORITHMS.filter((algorithm) => Object.hasOwn(hashes, algorithm));
  // Hashes that nobody here can compute protect nobody: that is no match.
  return known.length > 0 && known.every((algorithm) => hashes[algorithm]?.toLowerCase() === digest(algorithm, bytes));
}

/** Throws `metadata-mismatch` unless the file has the version that the metadata above it names (TUF 5.5.4, 5.6.4). */
export function checkVersion(version: number, expected: number, file: string): void {
  if (version !== expected) throw mismatch(file, `is version ${version}; the metadata above it names ${expected}`);
}

function mismatch(file: string, what: string): AshlarError {
  return new AshlarError('metadata-mismatch', `The repository’s ${file} ${what}.`, {
    hint: 'A copy of the repository may be half transferred: try again later. If it stays so, tell who publishes it.',
  });
}

function digest(algorithm: (typeof ALGORITHMS)[number], bytes: Buffer): string {
  return createHash(algorithm).update(bytes).digest('hex');
}
