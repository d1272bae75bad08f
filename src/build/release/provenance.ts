import type { Sha256 } from '../../model/digest.ts';
import type { AgentMaterial } from '../device-agent/agent-material.ts';
import { packageUrl, type ReleasePackage, type SbomSubject } from './sbom.ts';

export interface ProvenanceInputs {
  readonly subject: SbomSubject;
  /** The release's files: what the statement is about. */
  readonly files: readonly { readonly name: string; readonly sha256: Sha256 }[];
  readonly definition: Sha256;
  readonly lock: Sha256;
  /** The signed package indexes that the lock was resolved from. */
  readonly indexes: readonly { readonly suite: string; readonly sha256: Sha256 }[];
  readonly packages: readonly ReleasePackage[];
  /** What of the agent came from npm packages, and Ashlar's own part of it. */
  readonly materials: readonly AgentMaterial[];
}

/**
 * How the release was made, as an unsigned in-toto v1 statement with a SLSA v1 provenance predicate. It names no builder's time,
 * host or run: two builders of one lock write the same bytes, and the signature says who built.
 */
export function provenanceStatement(inputs: ProvenanceInputs): object {
  const { subject, files, definition, lock, indexes, packages, materials } = inputs;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: files.map(({ name, sha256 }) => ({ name, digest: { sha256 } })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:ashlar:build:1',
        externalParameters: { definition: { sha256: definition }, name: subject.name, version: subject.version },
        internalParameters: { lock: { sha256: lock } },
        resolvedDependencies: [
          ...indexes.map(({ suite, sha256 }) => ({
            uri: `urn:ashlar:index:${subject.distribution}:${suite}`,
            digest: { sha256 },
          })),
          ...packages.map((each) => ({ uri: packageUrl(each, subject), digest: { sha256: each.sha256 } })),
          ...materials.map((each) => ({ uri: each.purl, digest: { sha256: each.sha256 } })),
        ],
      },
      runDetails: { builder: { id: 'urn:ashlar:builder', version: { ashlar: subject.toolVersion } } },
    },
  };
}
