import { sha256 } from '../../../src/model/digest.ts';
import { documentBytes, type Manifest, parseManifest, releaseFiles } from '../../../src/model/manifest.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const file = (name: string) => ({ name, size: name.length, sha256: sha256(name) });

const EXAMPLE: Manifest = {
  format: 'ashlar-manifest/1',
  name: 'minimal',
  version: '1.0.0',
  architecture: 'amd64',
  created: 1_760_000_000,
  root: {
    hash: sha256('root'),
    salt: '00ff',
    dataUuid: '4813494d-137e-1631-bba3-01d5acab6e7b',
    verityUuid: 'b7b8f94c-4a5d-4b6e-9f1e-0f3a3b7a9d11',
    image: file('root.erofs'),
    tree: file('root.verity'),
  },
  boot: {
    uki: file('minimal_1.0.0.efi'),
    kernel: '6.12.1-cloud-amd64',
    commandLine: 'panic=5',
    loader: file('systemd-bootx64.efi'),
  },
  disk: { espBytes: 1, slots: 2, slotBytes: 3, treeBytes: 4, varBytes: 5 },
  requirements: { slotBytes: 1, treeBytes: 1, espBytes: 1 },
  healthChecks: { up: { kind: 'unit' } },
  inputs: { definition: sha256('d'), lock: sha256('l') },
  documents: {
    sbom: file('sbom.spdx.json'),
    provenance: file('provenance.json'),
    packages: file('packages.json'),
    placement: file('placement.json'),
  },
};

/** A release's manifest. */
const target: FuzzTarget = {
  name: 'manifest',
  seeds: () => [documentBytes(EXAMPLE)],
  run(input) {
    releaseFiles(parseManifest(input));
  },
};

export default target;
