import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { partitionUuidsFromRootHash } from '../../src/formats/gpt/partition-uuids.ts';
import { samplePe } from '../../src/formats/pe/sample-pe.fixture.ts';
import { sha256 } from '../../src/model/digest.ts';
import { documentBytes, type Manifest, type ReleaseFile } from '../../src/model/manifest.ts';
import type { ModelRelease } from './model-machine.ts';

/** What a test wants to be different about a release. */
export interface ModelManifest {
  readonly healthChecks?: Manifest['healthChecks'];
  readonly architecture?: Manifest['architecture'];
  readonly requirements?: Partial<Manifest['requirements']>;
}

/** Writes a model's release as a directory that can be published. Returns its path. */
export function writeModelRelease(parent: string, release: ModelRelease, different: ModelManifest = {}): string {
  const { name, version, rootHash, salt, image, tree, uki } = release;
  const directory = join(parent, version);
  mkdirSync(directory, { recursive: true });
  const put = (file: string, bytes: Buffer): ReleaseFile => {
    writeFileSync(join(directory, file), bytes);
    return { name: file, size: bytes.length, sha256: sha256(bytes) };
  };
  const { root: dataUuid, verity: verityUuid } = partitionUuidsFromRootHash(rootHash);
  const { healthChecks = {}, architecture = 'amd64', requirements } = different;
  const manifest: Manifest = {
    format: 'ashlar-manifest/1',
    name,
    version,
    architecture,
    created: 1_700_000_000,
    root: {
      hash: rootHash,
      salt,
      dataUuid,
      verityUuid,
      image: put('root.erofs', image),
      tree: put('root.verity', tree),
    },
    boot: {
      uki: put(`${name}_${version}.efi`, uki),
      kernel: '6.12.0',
      commandLine: `roothash=${rootHash} gpt quiet`,
      loader: put('systemd-boot.efi', samplePe({ sections: [{ name: '.text', content: Buffer.from('loader') }] })),
    },
    disk: { espBytes: 1 << 26, slots: 2, slotBytes: 1 << 20, treeBytes: 1 << 20, varBytes: 1 << 26 },
    requirements: { slotBytes: image.length, treeBytes: tree.length, espBytes: uki.length, ...requirements },
    healthChecks,
    inputs: { definition: sha256('definition'), lock: sha256('lock') },
    documents: {
      sbom: put('sbom.spdx.json', Buffer.from('{}')),
      provenance: put('provenance.json', Buffer.from(`provenance of ${version}`)),
      packages: put('packages.json', Buffer.from('[]')),
      placement: put('placement.json', Buffer.from(`placement of ${version}`)),
    },
  };
  put('manifest.json', documentBytes(manifest));
  return directory;
}
