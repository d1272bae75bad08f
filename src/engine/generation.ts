import type { Sha256 } from '../model/digest.ts';

/** A release on a device, as far as telling it from others goes. */
export interface Generation {
  /** IMAGE_ID of the system. */
  readonly name: string;
  /** IMAGE_VERSION of the system. */
  readonly version: string;
  /** The dm-verity root hash of its image: the two UUIDs of its slot, one after the other. */
  readonly rootHash: Sha256;
}

/** A generation and the slot that holds it, from 0. */
export interface Installed extends Generation {
  readonly slot: number;
}

/** A release of the channel: a generation, and what the signed metadata say of its manifest. */
export interface Release extends Generation {
  readonly manifest: ManifestReference;
}

export interface ManifestReference {
  /** TUF target path. */
  readonly path: string;
  /** Bytes. */
  readonly length: number;
  readonly sha256: Sha256;
}

/** A generation that is to prove itself; its manifest is not known when the journal was lost on the way. */
export interface Target extends Generation {
  readonly manifest?: ManifestReference | undefined;
}

/** True when both are the same release: a version that was published again with other contents is another. */
export function isSameGeneration(a: Generation, b: Generation): boolean {
  return a.rootHash === b.rootHash && a.name === b.name && a.version === b.version;
}

/** True when both are the same release in all it has: signed again, or with another boot image, it is another. */
export function isSameRelease(a: Target, b: Target): boolean {
  return isSameGeneration(a, b) && a.manifest?.sha256 === b.manifest?.sha256;
}

/** A generation as a person reads it: `appliance 2`. */
export function generationText({ name, version }: Generation): string {
  return `${name} ${version}`;
}
