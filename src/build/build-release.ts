import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type Placement, parsePlacement } from '../formats/erofs/placement.ts';
import type { WrittenImage } from '../formats/erofs/write-erofs.ts';
import { buildUki } from '../formats/pe/build-uki.ts';
import type { VerityTree } from '../formats/verity/build-tree.ts';
import { VERITY_BLOCK_BYTES } from '../formats/verity/layout.ts';
import type { Definition } from '../model/definition/definition.ts';
import { type Lock, lockEpoch } from '../model/lock.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Progress } from '../model/progress.ts';
import { contentReader, type ReadContent } from '../store/read-content.ts';
import type { Store } from '../store/store.ts';
import { buildInitrd } from './assemble/boot/build-initrd.ts';
import { kernelCommandLine } from './assemble/boot/kernel-command-line.ts';
import { findKernel } from './assemble/boot/kernel-release.ts';
import { lockedBootFiles } from './assemble/boot/locked-boot-files.ts';
import { encodeContents } from './assemble/root/encode-contents.ts';
import { systemUuid } from './assemble/root/system-uuid.ts';
import { writeRootImage } from './assemble/root/write-root-image.ts';
import { assembleSystem, type SystemTree } from './assemble/system/assemble-system.ts';
import { imageGeneration } from './assemble/system/updates/image-generation-of.ts';
import { buildVerityTreeOfFile } from './assemble/verity.ts';
import { type Composed, composeTree } from './compose/compose-tree.ts';
import { lookUp } from './compose/look-up.ts';
import type { Confext } from './confext/build-confext.ts';
import { generationConfext } from './confext/generation-confext.ts';
import { type PreparedAgent, prepareAgent } from './device-agent/prepare-agent.ts';
import { type Evaluated, evaluateDefinition } from './evaluate/evaluate-definition.ts';
import { tellOutput } from './evaluate/tell-output.ts';
import { fetchPackages } from './fetch/fetch-packages.ts';
import { lockPath, writeLockFile } from './lock-file.ts';
import { obtainLock } from './obtain-lock.ts';
import { type DescribedBoot, describeRelease, RELEASE_FILES, ukiName } from './release/describe-release.ts';
import { draftRelease, type ReleaseDraft } from './release/release-directory.ts';
import { usingPath } from './using-path.ts';

export interface BuildOptions {
  /** The directory that releases are written into, as `<out>/<name>/<version>`. */
  readonly out: string;
  readonly store: Store;
  /** True where a build must not write the lock. */
  readonly frozen: boolean;
  /** Directory of a release that the new image's data is laid out like. */
  readonly previous?: string | undefined;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

export interface BuiltRelease {
  readonly directory: string;
  readonly manifest: Manifest;
  /** False when the release was there already, with the same bytes. */
  readonly changed: boolean;
  readonly evaluated: Evaluated;
  readonly system: SystemTree;
  /** How many packages the root is made of. */
  readonly packages: number;
}

/** Builds the definition at `place` into a release: the same definition and lock always give the same bytes. */
export async function buildRelease(place: string, options: BuildOptions): Promise<BuiltRelease> {
  const { store, progress, signal } = options;
  // Before the work that takes long: a place that is misspelt.
  const previous = options.previous === undefined ? undefined : readPlacement(options.previous);
  const evaluated = await evaluateDefinition(place, { signal });
  tellOutput(evaluated, progress);
  const { name, version } = evaluated.definition;
  const draft = draftRelease(options.out, name, version);
  try {
    const found = await obtainLock(evaluated, options);
    await fetchPackages(found, store, { progress, signal });
    const composed = await composeTree(found, store, { progress, signal });
    const agent = await prepareAgent(evaluated.definition, found, store, signal);
    const system = assembleRoot(composed, evaluated.definition, found, agent, store);
    const lock = pinIds(found, system.ids, evaluated, options);
    const image = await writeImage(draft, system, evaluated.definition, composed, lock, previous, options);
    const tree = await hashImage(draft, evaluated.definition, options);
    const boot = await writeBootImage(draft, evaluated.definition, composed, system, tree, image.size, lock, options);
    const { packages: installed } = composed;
    const confext = writeConfext(evaluated.definition, system, lock, store);
    const parts = { evaluated, lock, packages: installed, agent, image, tree, confext, boot };
    const manifest = await describeRelease(draft, parts);
    const packages = installed.filter(({ group }) => group === 'root').length;
    // The last moment to heed an interruption: what follows is one step.
    await setImmediate();
    signal?.throwIfAborted();
    return { ...draft.publish(), manifest, evaluated, system, packages };
  } finally {
    draft.discard();
  }
}

function assembleRoot(
  composed: Composed,
  definition: Definition,
  lock: Lock,
  agent: PreparedAgent | undefined,
  store: Store,
): SystemTree {
  return assembleSystem(composed.tree, definition, {
    release: { id: definition.name, version: definition.version },
    epoch: lockEpoch(lock),
    read: contentReader(store),
    agent: agent?.files,
    ids: composed.ids,
  });
}

/** Owners in /var outlive the image: an id that was handed out once is written down, and never given to another. */
function pinIds(lock: Lock, ids: Lock['ids'], { directory }: Evaluated, { frozen, progress }: BuildOptions): Lock {
  const pinned = { ...lock, ids };
  if (isDeepStrictEqual(ids, lock.ids)) return lock;
  if (frozen) return pinned;
  writeLockFile(lockPath(directory), pinned);
  const added = Object.keys(ids.users).length - Object.keys(lock.ids.users).length;
  progress.note(`Pinned the ids of ${added} more ${added === 1 ? 'user' : 'users'} in ${lockPath(directory)}.`);
  return pinned;
}

async function writeImage(
  draft: ReleaseDraft,
  { root }: SystemTree,
  { name, image: { compression } }: Definition,
  composed: Composed,
  lock: Lock,
  previous: Placement | undefined,
  { store, progress, signal }: BuildOptions,
): Promise<WrittenImage> {
  const contents = await encodeContents(root, compression, store, { origin: composed.key, progress, signal });
  const step = progress.begin('Writing the root image');
  const path = join(draft.directory, RELEASE_FILES.image);
  const image = writeRootImage(root, contents, path, { name, epoch: lockEpoch(lock), previous });
  step.end(`${image.inodes} files, ${(image.size / 1e6).toFixed(0)} MB`);
  return image;
}

function readPlacement(release: string): Placement {
  const path = join(release, RELEASE_FILES.placement);
  return parsePlacement(usingPath(path, () => readFileSync(path, 'utf8')));
}

async function hashImage(
  draft: ReleaseDraft,
  { name, image }: Definition,
  { signal }: BuildOptions,
): Promise<VerityTree> {
  const options = { salt: Buffer.from(image.salt, 'hex'), uuid: systemUuid('verity', name) };
  const tree = await buildVerityTreeOfFile(join(draft.directory, RELEASE_FILES.image), options, { signal });
  draft.write(RELEASE_FILES.tree, tree.tree);
  return tree;
}

/** What of the generation is not in the image: of use where the agent is, which is where updates are. */
function writeConfext(definition: Definition, { root }: SystemTree, lock: Lock, store: Store): Confext | undefined {
  if (definition.updates === undefined) return undefined;
  const generation = imageGeneration(definition, lockEpoch(lock));
  const osRelease = osReleaseOf(root, contentReader(store));
  return generationConfext({ generation, salt: definition.image.salt, osRelease });
}

/** The text of os-release(5) in the tree. */
function osReleaseOf(root: SystemTree['root'], read: ReadContent): string {
  const node = lookUp(root, 'usr/lib/os-release');
  return node?.type === 'file' ? read(node.content).toString('utf8') : '';
}

async function writeBootImage(
  draft: ReleaseDraft,
  definition: Definition,
  composed: Composed,
  { root }: SystemTree,
  { rootHash }: VerityTree,
  imageBytes: number,
  lock: Lock,
  { store, signal }: BuildOptions,
): Promise<DescribedBoot> {
  const read = contentReader(store);
  const { busybox, stub, loader } = await lockedBootFiles(lock, store, signal);
  const kernel = findKernel(composed.tree, read);
  const { architecture } = definition;
  const initrd = buildInitrd({
    tree: composed.tree,
    readContent: read,
    architecture,
    kernelRelease: kernel.release,
    busybox,
  });
  const dataBlocks = imageBytes / VERITY_BLOCK_BYTES;
  const commandLine = kernelCommandLine(definition, { rootHash, dataBlocks, salt: definition.image.salt });
  const uki = buildUki({
    stub,
    linux: kernel.image,
    initrd,
    osRelease: osReleaseOf(root, read),
    commandLine,
    kernelRelease: kernel.release,
  });
  draft.write(ukiName(definition), uki);
  draft.write(RELEASE_FILES.loader, loader);
  return { kernel: kernel.release, commandLine };
}
