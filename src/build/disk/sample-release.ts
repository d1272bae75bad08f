import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { partitionUuidsFromRootHash } from '../../formats/gpt/partition-uuids.ts';
import { uuid } from '../../formats/uuid.ts';
import { buildVerityTree } from '../../formats/verity/build-tree.ts';
import { sha256 } from '../../model/digest.ts';
import type { Manifest, ReleaseFile } from '../../model/manifest.ts';

const MEBIBYTE = 1024 ** 2;

/** A release in `directory` for tests: real tree and hashes over contents of no meaning, in a layout of a few MiB. */
export function sampleRelease(directory: string, disk: Partial<Manifest['disk']> = {}): Manifest {
  const put = (name: string, bytes: Buffer): ReleaseFile => {
    writeFileSync(join(directory, name), bytes);
    return { name, size: bytes.length, sha256: sha256(bytes) };
  };
  // Blocks with content, with zeros between them: the zeros become holes of the disk.
  const image = Buffer.alloc(3 * MEBIBYTE);
  for (let at = 0; at < image.length; at += 64 * 1024) image.write(`block at ${at}`, at);
  const salt = Buffer.alloc(32, 0xab);
  const verity = buildVerityTree(image, { salt, uuid: uuid('00000000-0000-0000-0000-000000000001') });
  const uuids = partitionUuidsFromRootHash(verity.rootHash);
  const document = put('packages.json', Buffer.from('[]\n'));
  return {
    format: 'ashlar-manifest/1',
    name: 'sample',
    version: '1.0.0',
    architecture: 'amd64',
    created: 1_700_000_000,
    root: {
      hash: verity.rootHash,
      salt: salt.toString('hex'),
      dataUuid: uuids.root,
      verityUuid: uuids.verity,
      image: put('root.erofs', image),
      tree: put('root.verity', verity.tree),
    },
    boot: {
      uki: put('sample_1.0.0.efi', Buffer.from('a boot image')),
      kernel: '6.12.0',
      commandLine: `roothash=${verity.rootHash}`,
      loader: put('systemd-boot.efi', Buffer.from('a loader')),
    },
    disk: {
      espBytes: 64 * MEBIBYTE,
      slots: 2,
      slotBytes: 8 * MEBIBYTE,
      treeBytes: MEBIBYTE,
      varBytes: 64 * MEBIBYTE,
      ...disk,
    },
    requirements: { slotBytes: image.length, treeBytes: verity.tree.length, espBytes: 0 },
    healthChecks: {},
    inputs: { definition: sha256('definition'), lock: sha256('lock') },
    documents: { sbom: document, provenance: document, packages: document, placement: document },
  };
}
