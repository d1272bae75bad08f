import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from './digest.ts';
import { AshlarError } from './error.ts';
import { documentBytes, MAX_MANIFEST_BYTES, type Manifest, parseManifest, releaseFiles } from './manifest.ts';

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

test('a manifest survives its own bytes', () => {
  assert.deepEqual(parseManifest(documentBytes(EXAMPLE)), EXAMPLE);
  assert.equal(releaseFiles(EXAMPLE).length, 8);
});

test('what is not a manifest is refused with the place', () => {
  const changed = (change: (copy: Record<string, unknown> & Manifest) => void): Buffer => {
    const copy = structuredClone(EXAMPLE) as Record<string, unknown> & Manifest;
    change(copy);
    return documentBytes(copy);
  };
  const table: [string, Buffer, RegExp][] = [
    ['no JSON', Buffer.from('{'), /not JSON/],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), /not JSON/],
    ['too long', Buffer.alloc(MAX_MANIFEST_BYTES + 1, 0x20), /more than/],
    [
      'a name that climbs',
      changed((copy) => Object.assign(copy.root.image, { name: '../x' })),
      /root\.image\.name.*plain file name/,
    ],
    [
      'a digest in capitals',
      changed((copy) => Object.assign(copy.root, { hash: 'A'.repeat(64) })),
      /root\.hash.*SHA-256/,
    ],
    ['a negative size', changed((copy) => Object.assign(copy.boot.uki, { size: -1 })), /boot\.uki\.size/],
    ['an unknown key', changed((copy) => Object.assign(copy, { extra: 1 })), /extra/],
    ['another format', changed((copy) => Object.assign(copy, { format: 'ashlar-manifest/2' })), /format/],
  ];
  for (const [what, bytes, message] of table) {
    assert.throws(
      () => parseManifest(bytes),
      (error) => {
        assert.ok(error instanceof AshlarError, what);
        assert.equal(error.code, 'manifest-invalid', what);
        assert.match(error.message, message, what);
        return true;
      },
    );
  }
});
