import type { Definition } from '../../model/definition/definition.ts';
import { type Sha256, sha256 } from '../../model/digest.ts';

/**
 * The SHA-256 of a definition as canonical JSON: keys sorted by their UTF-16 units, no white space, each file by its digest. Two
 * definitions that say the same have the same digest, in whatever language they are written.
 */
export function definitionDigest(definition: Definition): Sha256 {
  return sha256(canonicalJson(definition));
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    // A file's bytes are named by the digest beside them.
    .filter(([, child]) => child !== undefined && !(child instanceof Uint8Array))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, child]) => `${JSON.stringify(key)}:${canonicalJson(child)}`);
  return `{${entries.join(',')}}`;
}
