import type { Sha256 } from '../../model/digest.ts';

/** Something that the agent in an image was made of, for SBOM and provenance. */
export interface AgentMaterial {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly licence: string;
  /** `pkg:npm/NAME@VERSION` (purl specification, type `npm`). */
  readonly purl: string;
  /** Of the file that was taken from it; for a package in the bundle, of its modules in it. */
  readonly sha256: Sha256;
}

/** The package URL of an npm package; the `@` of a scope is escaped. */
export function npmUrl(name: string, version: string): string {
  return `pkg:npm/${name.replace(/^@/, '%40')}@${encodeURIComponent(version)}`;
}
