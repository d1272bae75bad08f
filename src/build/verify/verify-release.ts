import { createHash } from 'node:crypto';
import { createReadStream, globSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { partitionUuidsFromRootHash } from '../../formats/gpt/partition-uuids.ts';
import { type PeSection, parsePe, sectionContent } from '../../formats/pe/parse-pe.ts';
import { VERITY_BLOCK_BYTES } from '../../formats/verity/layout.ts';
import { parseVeritySuperblock } from '../../formats/verity/superblock.ts';
import type { RefusedBlocks } from '../../formats/verity/verify-tree.ts';
import { verifyVerityLeaves } from '../../formats/verity/verify-tree.ts';
import { AshlarError } from '../../model/error.ts';
import type { Finding } from '../../model/finding.ts';
import { exactBytes } from '../../model/format-bytes.ts';
import { type Manifest, parseManifest, type ReleaseFile, releaseFiles } from '../../model/manifest.ts';
import type { Progress } from '../../model/progress.ts';
import { hashImageFile } from '../assemble/verity.ts';
import { verifyBootSignatures } from './verify-boot-signatures.ts';

/** What a check of a release or disk found: nothing, or everything that is wrong. */
export interface Verification {
  readonly findings: readonly Finding[];
  /** What was checked and held, in words a person understands. */
  readonly held: readonly string[];
}

export interface VerifyOptions {
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

export const MANIFEST_NAME = 'manifest.json';

/** More would not be read. */
const MAX_SUGGESTIONS = 5;

/** Reads and parses the manifest of the release in `directory`. Throws `release-not-found`, `manifest-invalid`. */
export function readManifest(directory: string): Manifest {
  let bytes: Buffer;
  try {
    bytes = readFileSync(join(directory, MANIFEST_NAME));
  } catch (error) {
    throw new AshlarError(
      'release-not-found',
      `There is no release in ${directory}: its ${MANIFEST_NAME} cannot be read.`,
      {
        hint: `${releasesBelow(directory)} \`ashlar build\` makes one.`,
        cause: error,
      },
    );
  }
  return parseManifest(bytes);
}

/** What to name instead: a person gives `out` or `out/web` where `out/web/1.0.0` is meant. */
function releasesBelow(directory: string): string {
  const found = [`*/${MANIFEST_NAME}`, `*/*/${MANIFEST_NAME}`, `out/*/*/${MANIFEST_NAME}`]
    .flatMap((pattern) => globSync(pattern, { cwd: directory }))
    .map((manifest) => join(directory, dirname(manifest)))
    .sort();
  if (found.length === 0) return 'Name the directory of a release, such as out/minimal/1.0.0;';
  const shown = found.slice(0, MAX_SUGGESTIONS).join(', ');
  return `There is ${shown}${found.length > MAX_SUGGESTIONS ? ' and more' : ''} below it;`;
}

/**
 * Checks the release in `directory` from its manifest down: every file's size and SHA-256, every block of the root image against
 * the root hash, and that partition UUIDs and the kernel command line follow from that hash.
 */
export async function verifyRelease(directory: string, { progress, signal }: VerifyOptions): Promise<Verification> {
  const manifest = readManifest(directory);
  const findings: Finding[] = [];
  const files = releaseFiles(manifest);
  const step = progress.begin('Verifying', {
    total: files.reduce((sum, { size }) => sum + size, 0) + manifest.root.image.size,
    unit: 'bytes',
  });
  for (const file of files) {
    step.status(file.name);
    findings.push(...(await verifyFile(directory, file, signal)));
    step.advance(file.size);
  }
  const intact = (file: ReleaseFile): boolean => !findings.some(({ path }) => path === file.name);
  if (intact(manifest.root.tree) && hasSize(directory, manifest.root.image)) {
    findings.push(...(await verifyRoot(directory, manifest, signal)));
  }
  step.advance(manifest.root.image.size);
  findings.push(...verifyUuids(manifest));
  if (intact(manifest.boot.uki)) findings.push(...verifyCommandLine(directory, manifest));
  if (intact(manifest.boot.uki) && intact(manifest.boot.loader)) findings.push(...bootSignatures(directory, manifest));
  step.end(findings.length === 0 ? 'all of it holds' : counted(findings.length));
  const blocks = manifest.root.image.size / VERITY_BLOCK_BYTES;
  return {
    findings,
    held:
      findings.length > 0 ? [] : [`${files.length} files`, `${blocks} blocks under root hash ${manifest.root.hash}`],
  };
}

async function verifyFile(directory: string, file: ReleaseFile, signal: AbortSignal | undefined): Promise<Finding[]> {
  const path = join(directory, file.name);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [wrong('file-missing', file.name, `${file.name} is missing.`)];
  // A device of 0 bytes may have no end.
  if (!found.isFile()) return [wrong('file-kind', file.name, `${file.name} is not a file.`)];
  if (found.size !== file.size) {
    return [
      wrong(
        'file-size',
        file.name,
        `${file.name} has ${exactBytes(found.size)}, the manifest says ${exactBytes(file.size)}.`,
      ),
    ];
  }
  const digest = createHash('sha256');
  await pipeline(createReadStream(path), digest, { signal });
  const actual = digest.digest('hex');
  if (actual === file.sha256) return [];
  return [wrong('file-digest', file.name, `${file.name} has SHA-256 ${actual}, the manifest says ${file.sha256}.`)];
}

async function verifyRoot(directory: string, { root }: Manifest, signal: AbortSignal | undefined): Promise<Finding[]> {
  const tree = readFileSync(join(directory, root.tree.name));
  const salt = parseVeritySuperblock(tree).salt;
  if (salt.toString('hex') !== root.salt) {
    return [
      wrong(
        'verity-salt',
        root.tree.name,
        `${root.tree.name} is salted with ${salt.toString('hex')}, the manifest says ${root.salt}.`,
      ),
    ];
  }
  const leaves = await hashImageFile(join(directory, root.image.name), salt, { signal });
  return verifyVerityLeaves(leaves, tree, root.hash).map((run) => refusedFinding(run, root.image.name, root.tree.name));
}

/** `1 finding`, `3 findings`. */
export function counted(findings: number): string {
  return `${findings} ${findings === 1 ? 'finding' : 'findings'}`;
}

/** A run of refused blocks as a finding; `hint` where the image is not that of a release. */
export function refusedFinding(
  run: RefusedBlocks,
  imageName: string,
  treeName: string,
  hint = again(run.where === 'data' ? imageName : treeName),
): Finding {
  const file = run.where === 'data' ? imageName : treeName;
  const blocks = run.count === 1 ? `Block ${run.first}` : `Blocks ${run.first}–${run.first + run.count - 1}`;
  const why =
    run.where === 'data' && run.why === 'unverifiable'
      ? 'cannot be checked: the tree above is damaged'
      : 'not what the root hash says';
  return { ...wrong('block-refused', file, `${blocks} of ${file}: ${why}.`), hint };
}

function verifyUuids({ root }: Manifest): Finding[] {
  const { root: data, verity } = partitionUuidsFromRootHash(root.hash);
  if (root.dataUuid === data && root.verityUuid === verity) return [];
  return [
    wrong(
      'partition-uuid',
      MANIFEST_NAME,
      `The partition UUIDs in ${MANIFEST_NAME} do not follow from the root hash ${root.hash}.`,
    ),
  ];
}

function verifyCommandLine(directory: string, { boot, root }: Manifest): Finding[] {
  const bytes = readFileSync(join(directory, boot.uki.name));
  let sections: readonly PeSection[];
  try {
    ({ sections } = parsePe(bytes));
  } catch (error) {
    if (!(error instanceof AshlarError && error.code === 'boot-image-invalid')) throw error;
    return [wrong('boot-image', boot.uki.name, `${boot.uki.name}: ${error.message}`)];
  }
  const section = sections.find(({ name }) => name === '.cmdline');
  const commandLine =
    section === undefined
      ? ''
      : sectionContent(bytes, section)
          .toString('utf8')
          .replace(/[\0\n]+$/, '');
  const findings: Finding[] = [];
  if (commandLine !== boot.commandLine) {
    findings.push(
      wrong(
        'command-line',
        boot.uki.name,
        `${boot.uki.name} has the command line “${commandLine}”, the manifest says “${boot.commandLine}”.`,
      ),
    );
  }
  if (!commandLine.split(' ').includes(`roothash=${root.hash}`)) {
    findings.push(wrong('root-hash', boot.uki.name, `${boot.uki.name} does not start the root image ${root.hash}.`));
  }
  return findings;
}

function bootSignatures(directory: string, manifest: Manifest): Finding[] {
  return verifyBootSignatures(directory, manifest).map(({ file, problem }) =>
    wrong('boot-signature', file, `${file} ${problem}.`),
  );
}

function hasSize(directory: string, file: ReleaseFile): boolean {
  return statSync(join(directory, file.name), { throwIfNoEntry: false })?.size === file.size;
}

function wrong(rule: string, file: string, message: string): Finding {
  return {
    severity: 'error',
    rule,
    message,
    path: file,
    hint: again(file),
  };
}

function again(file: string): string {
  return `Build or fetch the release again; do not use this ${basename(file)}.`;
}
