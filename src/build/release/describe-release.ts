import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { serializePlacement } from '../../formats/erofs/placement.ts';
import type { WrittenImage } from '../../formats/erofs/write-erofs.ts';
import { partitionUuidsFromRootHash } from '../../formats/gpt/partition-uuids.ts';
import type { VerityTree } from '../../formats/verity/build-tree.ts';
import type { Definition } from '../../model/definition/definition.ts';
import type { Sha256 } from '../../model/digest.ts';
import { type Lock, lockDigest, lockEpoch } from '../../model/lock.ts';
import { documentBytes, type Manifest, manifestSchema, type ReleaseFile } from '../../model/manifest.ts';
import type { PackageInfo } from '../compose/package-info.ts';
import type { Confext } from '../confext/build-confext.ts';
import type { PreparedAgent } from '../device-agent/prepare-agent.ts';
import { assertReleaseFits } from '../disk/assert-fits.ts';
import { plannedDisk } from '../disk/planned-disk.ts';
import type { Evaluated } from '../evaluate/evaluate-definition.ts';
import { provenanceStatement } from './provenance.ts';
import type { ReleaseDraft } from './release-directory.ts';
import { type SbomSubject, spdxDocument } from './sbom.ts';

/** Names of a release's files that are the same in every release. */
export const RELEASE_FILES = {
  manifest: 'manifest.json',
  image: 'root.erofs',
  tree: 'root.verity',
  loader: 'systemd-boot.efi',
  sbom: 'sbom.spdx.json',
  provenance: 'provenance.json',
  packages: 'packages.json',
  placement: 'placement.json',
  confext: 'confext.raw',
} as const;

/** The boot image's name, which is also that of its boot entry on the ESP (Boot Loader Specification, type 2). */
export function ukiName({ name, version }: Pick<Definition, 'name' | 'version'>): string {
  return `${name}_${version}.efi`;
}

/** The boot image as far as the manifest repeats it. */
export interface DescribedBoot {
  readonly kernel: string;
  readonly commandLine: string;
}

export interface ReleaseParts {
  readonly evaluated: Evaluated;
  readonly lock: Lock;
  readonly packages: readonly PackageInfo[];
  /** Undefined for a system without updates. */
  readonly agent: PreparedAgent | undefined;
  readonly image: WrittenImage;
  readonly tree: VerityTree;
  /** Undefined for a system without updates. */
  readonly confext: Confext | undefined;
  readonly boot: DescribedBoot;
}

/**
 * Writes the documents of a release whose image, hash tree, boot image and loader are in `draft`, and last the manifest, which names
 * all of them. Throws `image-larger-than-slot`, `esp-too-small` when the release does not fit the disk that its definition plans.
 */
export async function describeRelease(draft: ReleaseDraft, parts: ReleaseParts): Promise<Manifest> {
  const { evaluated, lock, packages, agent, image, tree, confext, boot } = parts;
  const { definition } = evaluated;
  const subject: SbomSubject = {
    name: definition.name,
    version: definition.version,
    created: Number(lockEpoch(lock)),
    distribution: lock.request.distribution,
    suite: definition.base.suite,
    rootHash: tree.rootHash,
    toolVersion: toolVersion(),
  };
  const fileOf = async (name: string): Promise<ReleaseFile> => ({
    name,
    size: statSync(join(draft.directory, name)).size,
    sha256: await digestOf(join(draft.directory, name)),
  });
  const write = async (name: string, bytes: Uint8Array): Promise<ReleaseFile> => {
    draft.write(name, bytes);
    return fileOf(name);
  };

  const files = {
    image: await fileOf(RELEASE_FILES.image),
    tree: await fileOf(RELEASE_FILES.tree),
    uki: await fileOf(ukiName(definition)),
    loader: await fileOf(RELEASE_FILES.loader),
  };
  const provenance = provenanceStatement({
    subject,
    files: Object.values(files),
    definition: evaluated.digest,
    lock: lockDigest(lock),
    indexes: lock.indexes,
    packages,
    materials: agent?.materials ?? [],
  });
  const { root: dataUuid, verity: verityUuid } = partitionUuidsFromRootHash(tree.rootHash);
  const manifest = manifestSchema.parse({
    format: 'ashlar-manifest/1',
    name: definition.name,
    version: definition.version,
    architecture: definition.architecture,
    created: subject.created,
    root: {
      hash: tree.rootHash,
      salt: definition.image.salt,
      dataUuid,
      verityUuid,
      image: files.image,
      tree: files.tree,
    },
    boot: { uki: files.uki, ...boot, loader: files.loader },
    disk: plannedDisk(definition),
    requirements: { slotBytes: files.image.size, treeBytes: files.tree.size, espBytes: files.uki.size },
    healthChecks: definition.healthChecks,
    inputs: { definition: evaluated.digest, lock: lockDigest(lock) },
    ...(confext === undefined
      ? {}
      : { generation: { confext: await write(RELEASE_FILES.confext, confext.image), rootHash: confext.rootHash } }),
    documents: {
      sbom: await write(RELEASE_FILES.sbom, documentBytes(spdxDocument(subject, packages, agent?.materials))),
      provenance: await write(RELEASE_FILES.provenance, documentBytes(provenance)),
      packages: await write(RELEASE_FILES.packages, documentBytes(packageList(packages))),
      placement: await write(RELEASE_FILES.placement, Buffer.from(serializePlacement(image.placement))),
    },
  });
  assertReleaseFits(manifest);
  draft.write(RELEASE_FILES.manifest, documentBytes(manifest));
  return manifest;
}

/** The packages by name, without the files that they brought: those are in the image. */
function packageList(packages: readonly PackageInfo[]): object {
  return { packages: packages.map(({ files: _, ...described }) => described) };
}

async function digestOf(path: string): Promise<Sha256> {
  const digest = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), digest);
  return digest.digest('hex') as Sha256;
}

function toolVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
