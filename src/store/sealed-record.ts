import { hash } from 'node:crypto';

/** A SHA-256 as raw bytes. */
const SEAL_BYTES = 32;

/**
 * A record's bytes with their SHA-256 before them. Records are not named by their content, and are written without waiting for
 * the disk: the seal tells a whole one from what a power cut leaves.
 */
export function sealRecord(value: Uint8Array): Buffer {
  return Buffer.concat([hash('sha256', value, 'buffer'), value]);
}

/** The value of a sealed record, or undefined when it is damaged. */
export function openRecord(sealed: Buffer): Buffer | undefined {
  if (sealed.length < SEAL_BYTES) return undefined;
  const value = sealed.subarray(SEAL_BYTES);
  return hash('sha256', value, 'buffer').equals(sealed.subarray(0, SEAL_BYTES)) ? value : undefined;
}
