import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { partitionUuidsFromRootHash } from '../../formats/gpt/partition-uuids.ts';
import { samplePe } from '../../formats/pe/sample-pe.fixture.ts';
import { sha256 } from '../../model/digest.ts';
import { documentBytes, type Manifest, type ReleaseFile } from '../../model/manifest.ts';
import type { PreflightRequirement } from '../../model/preflight-requirement.ts';
import { SILENT } from '../../model/progress.ts';
import { openDirectoryWriter } from '../../store/transport/directory/directory-writer.ts';
import type { RepositoryWriter } from '../../store/transport/repository-writer.ts';
import { testSigner } from '../../trust/attestation/attestation.fixture.ts';
import type { Signer } from '../../trust/keys/signer.ts';
import { initTrust } from '../../trust/metadata/init-trust.ts';
import { SALT, sampleImage } from './packed-image.fixture.ts';
import type { Publisher } from './publish-releases.ts';

/** Every sample repository lives at this time. */
export const NOW = new Date('2030-01-01T00:00:00Z');

export interface SampleRelease {
  readonly directory: string;
  readonly manifest: Manifest;
}

/** Writes a release of the system `web` whose image consists of the blocks with these names, as small as one can be that `verify` passes. */
export function writeSampleRelease(
  parent: string,
  version: string,
  blocks: readonly (string | number)[],
): SampleRelease {
  const directory = join(parent, version);
  mkdirSync(directory, { recursive: true });
  const put = (name: string, bytes: Buffer): ReleaseFile => {
    writeFileSync(join(directory, name), bytes);
    return { name, size: bytes.length, sha256: sha256(bytes) };
  };
  const { image, tree, rootHash } = sampleImage(blocks);
  const commandLine = `roothash=${rootHash} quiet`;
  const { root: dataUuid, verity: verityUuid } = partitionUuidsFromRootHash(rootHash);
  const manifest: Manifest = {
    format: 'ashlar-manifest/1',
    name: 'web',
    version,
    architecture: 'amd64',
    created: 1_700_000_000,
    root: {
      hash: rootHash,
      salt: SALT.toString('hex'),
      dataUuid,
      verityUuid,
      image: put('root.erofs', image),
      tree: put('root.verity', tree),
    },
    boot: {
      uki: put(`web_${version}.efi`, samplePe({ sections: [{ name: '.cmdline', content: Buffer.from(commandLine) }] })),
      kernel: '6.12.0',
      commandLine,
      loader: put('systemd-boot.efi', samplePe({ sections: [{ name: '.text', content: Buffer.from('loader') }] })),
    },
    disk: { espBytes: 1 << 26, slots: 2, slotBytes: 1 << 23, treeBytes: 1 << 20, varBytes: 1 << 26 },
    requirements: { slotBytes: image.length, treeBytes: tree.length, espBytes: 2048 },
    healthChecks: {},
    inputs: { definition: sha256('definition'), lock: sha256('lock') },
    documents: {
      sbom: put('sbom.spdx.json', Buffer.from('{}')),
      provenance: put('provenance.json', Buffer.from(`provenance of ${version}`)),
      packages: put('packages.json', Buffer.from('[]')),
      placement: put('placement.json', Buffer.from(`placement of ${version}`)),
    },
  };
  put('manifest.json', documentBytes(manifest));
  return { directory, manifest };
}

/** Keys for all roles of a repository: one that the top-level roles share, and one for the channels. */
export interface SampleKeys {
  readonly top: Signer;
  readonly channel: Signer;
}

/** Begins the trust of the repository behind `writer` with the channels `candidate` and `stable`. */
export async function startSampleTrust(
  writer: RepositoryWriter,
  preflight: PreflightRequirement = 'not-required',
  keys: SampleKeys = { top: testSigner(), channel: testSigner() },
): Promise<Publisher> {
  const lease = await writer.lock('test');
  const role = { signers: [keys.top], threshold: 1 };
  const channel = { signers: [keys.channel], threshold: 1, systems: [] };
  const root = await initTrust({
    writer,
    lease,
    roles: { root: role, targets: role, snapshot: role, timestamp: role },
    channels: {
      candidate: { ...channel, policy: { preflight: 'not-required' } },
      stable: { ...channel, policy: { preflight } },
    },
    now: NOW,
  });
  await lease.release();
  return { repository: writer, signers: [keys.top, keys.channel], root, now: NOW, progress: SILENT };
}

/** The same in a directory. */
export async function startSampleRepository(
  directory: string,
  preflight: PreflightRequirement = 'not-required',
): Promise<Publisher> {
  mkdirSync(directory, { recursive: true });
  return startSampleTrust(openDirectoryWriter(directory), preflight);
}
