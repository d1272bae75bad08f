import { type Sha256, sha256 } from '../../model/digest.ts';
import type { PackageInfo } from '../compose/package-info.ts';
import type { AgentMaterial } from '../device-agent/agent-material.ts';

/** What the documents of a release say of a package. */
export type ReleasePackage = Omit<PackageInfo, 'files' | 'installedSize'>;

export interface SbomSubject {
  readonly name: string;
  readonly version: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly distribution: string;
  readonly suite: string;
  readonly rootHash: Sha256;
  readonly toolVersion: string;
}

/**
 * The software bill of materials as an SPDX 2.3 document (ISO/IEC 5962, JSON form): the system and every package in it, each with
 * its package URL and licences. The same release gives the same document: its namespace is derived from the root hash.
 */
export function spdxDocument(
  subject: SbomSubject,
  packages: readonly ReleasePackage[],
  materials: readonly AgentMaterial[] = [],
): object {
  const extracted = new Map<string, string>();
  const described = [
    ...[...packages].sort(byNameAndArchitecture).map((each) => spdxPackage(each, subject, extracted)),
    ...materials.map(spdxMaterial),
  ];
  const system = `SPDXRef-System-${idPart(subject.name)}`;
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `${subject.name}_${subject.version}`,
    documentNamespace: `urn:ashlar:sbom:${subject.name}:${subject.version}:${subject.rootHash}`,
    creationInfo: {
      created: new Date(subject.created * 1000).toISOString().replace('.000Z', 'Z'),
      creators: [`Tool: ashlar-${subject.toolVersion}`],
    },
    packages: [
      {
        name: subject.name,
        SPDXID: system,
        versionInfo: subject.version,
        primaryPackagePurpose: 'OPERATING-SYSTEM',
        supplier: 'NOASSERTION',
        downloadLocation: 'NOASSERTION',
        filesAnalyzed: false,
        licenseConcluded: 'NOASSERTION',
        licenseDeclared: 'NOASSERTION',
        copyrightText: 'NOASSERTION',
      },
      ...described,
    ],
    hasExtractedLicensingInfos: [...extracted]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([licenseId, name]) => ({
        licenseId,
        name,
        extractedText: `The text is in the package's copyright file under the name “${name}”.`,
      })),
    relationships: [
      { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: system },
      ...described.map(({ SPDXID }) => ({
        spdxElementId: system,
        relationshipType: 'CONTAINS',
        relatedSpdxElement: SPDXID,
      })),
    ],
  };
}

function spdxPackage(each: ReleasePackage, subject: SbomSubject, extracted: Map<string, string>) {
  const licences = each.licences.map((licence) => {
    const id = spdxLicence(licence);
    if (id.startsWith('LicenseRef-')) extracted.set(id, licence);
    return id;
  });
  return {
    name: each.name,
    SPDXID: `SPDXRef-Package-${idPart(each.name)}-${each.architecture}`,
    versionInfo: each.version,
    supplier: each.maintainer === '' ? 'NOASSERTION' : actor(each.maintainer),
    downloadLocation: 'NOASSERTION',
    ...(each.homepage === undefined ? {} : { homepage: each.homepage }),
    sourceInfo: `built from ${each.source.name} ${each.source.version}`,
    filesAnalyzed: false,
    checksums: [{ algorithm: 'SHA256', checksumValue: each.sha256 }],
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: licences.length === 0 ? 'NOASSERTION' : [...new Set(licences)].sort().join(' AND '),
    copyrightText: 'NOASSERTION',
    externalRefs: [
      { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: packageUrl(each, subject) },
    ],
  };
}

/** What of the agent is not a package of the distribution. */
function spdxMaterial({ name, version, licence, purl, sha256: checksumValue }: AgentMaterial) {
  return {
    name,
    SPDXID: `SPDXRef-Agent-${idPart(name)}`,
    versionInfo: version,
    supplier: 'NOASSERTION',
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    checksums: [{ algorithm: 'SHA256', checksumValue }],
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: licence,
    copyrightText: 'NOASSERTION',
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
  };
}

/** `pkg:deb/debian/NAME@VERSION?arch=…&distro=…` (purl specification, type `deb`). */
export function packageUrl(each: ReleasePackage, subject: Pick<SbomSubject, 'distribution' | 'suite'>): string {
  const qualifiers = `arch=${each.architecture}&distro=${encodeURIComponent(subject.suite)}`;
  return `pkg:deb/${subject.distribution}/${encodeURIComponent(each.name)}@${encodeURIComponent(each.version)}?${qualifiers}`;
}

/** `Name <mail>` in the form of SPDX clause 7.5. */
function actor(maintainer: string): string {
  const match = /^(.*?)\s*<([^<>]+)>$/.exec(maintainer);
  return match === null
    ? `Organization: ${maintainer}`
    : `Organization: ${match[1]?.replace(/^"|"$/g, '')} (${match[2]})`;
}

/** Debian's short licence names that mean a licence of the SPDX list (DEP-5, “License specification”; SPDX clause 10). */
const SPDX_NAMES: Readonly<Record<string, string>> = {
  'apache-2.0': 'Apache-2.0',
  artistic: 'Artistic-1.0-Perl',
  'artistic-2.0': 'Artistic-2.0',
  'bsd-2-clause': 'BSD-2-Clause',
  'bsd-3-clause': 'BSD-3-Clause',
  'bsd-4-clause-uc': 'BSD-4-Clause-UC',
  'bsl-1.0': 'BSL-1.0',
  'cc0-1.0': 'CC0-1.0',
  expat: 'MIT',
  'gfdl-1.3+': 'GFDL-1.3-or-later',
  'gpl-1+': 'GPL-1.0-or-later',
  'gpl-2': 'GPL-2.0-only',
  'gpl-2+': 'GPL-2.0-or-later',
  'gpl-3': 'GPL-3.0-only',
  'gpl-3+': 'GPL-3.0-or-later',
  isc: 'ISC',
  'lgpl-2': 'LGPL-2.0-only',
  'lgpl-2+': 'LGPL-2.0-or-later',
  'lgpl-2.1': 'LGPL-2.1-only',
  'lgpl-2.1+': 'LGPL-2.1-or-later',
  'lgpl-3': 'LGPL-3.0-only',
  'lgpl-3+': 'LGPL-3.0-or-later',
  'mpl-2.0': 'MPL-2.0',
  openssl: 'OpenSSL',
  'python-2.0': 'PSF-2.0',
  unlicense: 'Unlicense',
  zlib: 'Zlib',
};

const MAX_LICENCE_REF_CHARACTERS = 60;

/** An identifier of the SPDX list, or a `LicenseRef-` of the document's own. Long free text becomes a hash. */
function spdxLicence(name: string): string {
  const known = SPDX_NAMES[name.toLowerCase()];
  if (known !== undefined) return known;
  const readable = idPart(name);
  return `LicenseRef-debian-${readable.length <= MAX_LICENCE_REF_CHARACTERS ? readable : sha256(name).slice(0, 16)}`;
}

/** SPDX identifiers are letters, digits, `.` and `-` (clause 7.2); anything else is written as its code, so that names stay apart. */
function idPart(text: string): string {
  return text.replace(/[^A-Za-z0-9.-]/gu, (char) => `-${char.codePointAt(0)?.toString(16)}-`);
}

function byNameAndArchitecture(a: ReleasePackage, b: ReleasePackage): number {
  const [first, second] = [`${a.name}\0${a.architecture}`, `${b.name}\0${b.architecture}`];
  return first < second ? -1 : first > second ? 1 : 0;
}
