import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type BuiltRelease, buildRelease } from '../../build/build-release.ts';
import { secureBootDisk } from '../../build/disk/secure-boot-disk.ts';
import { writeDiskImage } from '../../build/disk/write-disk-image.ts';
import { readManifest } from '../../build/verify/verify-release.ts';
import { AshlarError } from '../../model/error.ts';
import type { Manifest } from '../../model/manifest.ts';
import { openStore } from '../../store/store.ts';
import type { Passphrase } from '../../trust/keys/passphrase.ts';
import { copyDisk } from '../../vm/copy-disk.ts';
import { diskFormat } from '../../vm/disk-format.ts';
import type { GuestArchitecture } from '../../vm/emulator.ts';
import type { MachineDisk } from '../../vm/machine-options.ts';
import { tellWarnings } from '../tell-warnings.ts';
import type { Call } from '../verb.ts';

/** A disk that is ready to be booted. */
export interface PreparedDisk {
  readonly disk: MachineDisk;
  readonly architecture: GuestArchitecture;
  /** The release that is on it; undefined for a disk image, of which nothing is known. */
  readonly manifest: Manifest | undefined;
}

export interface DiskRequest {
  /** A release directory, a disk image or a definition. */
  readonly place: string;
  /** Bytes. */
  readonly diskSize: number | undefined;
  /** The file that keeps the disk; undefined for one that is forgotten. */
  readonly persist: string | undefined;
  /** Keys of Secure Boot that the disk is signed with and enrols; undefined for none. */
  readonly keys?: { readonly place: string; readonly passphrase: Passphrase } | undefined;
  /** A folder for what goes when the machine goes. */
  readonly temporary: string;
}

const DISK_IMAGE = /\.(raw|img|qcow2|vmdk|vhd)$/i;

/**
 * Turns what a person names into a disk: a definition is built first, a release is written as a disk, and an image is left as it
 * is and written to in a copy.
 */
export async function prepareDisk(request: DiskRequest, call: Call): Promise<PreparedDisk> {
  const { place, persist } = request;
  if (DISK_IMAGE.test(place) && isFile(place)) return prepareImage(request, place);
  const release = existsSync(join(place, 'manifest.json'))
    ? { directory: place, manifest: readManifest(place) }
    : await buildDefinition(place, call);
  const out = persist ?? join(request.temporary, 'disk.raw');
  if (diskFormat(out) !== 'raw') {
    throw new AshlarError('usage', `A release is written as a raw disk, but ${out} is named as another format.`, {
      hint: 'Name it .raw, or convert the release with `ashlar image` and run that.',
    });
  }
  if (persist === undefined || !existsSync(persist)) await writeDisk(release, out, request, call);
  const cache = persist === undefined ? 'unsafe' : 'writeback';
  const { manifest } = release;
  return { disk: { image: out, writes: 'direct', cache }, architecture: manifest.architecture, manifest };
}

async function writeDisk(
  { directory, manifest: built }: Pick<BuiltRelease, 'directory' | 'manifest'>,
  out: string,
  { diskSize, persist, keys }: DiskRequest,
  call: Call,
): Promise<void> {
  const secured = keys === undefined ? undefined : await secureBootDisk(directory, built, keys.place, keys.passphrase);
  const manifest = secured?.manifest ?? built;
  const total = manifest.root.image.size + manifest.root.tree.size + manifest.boot.uki.size;
  const step = call.progress.begin('Writing the disk', { total, unit: 'bytes' });
  await writeDiskImage({
    manifest,
    directory,
    signed: secured?.signed,
    enrolment: secured && { mode: 'if-safe', files: secured.enrolment.files },
    out,
    diskSize,
    durable: persist !== undefined,
    signal: call.signal,
    onProgress: step.advance,
  });
  step.end();
}

async function prepareImage({ persist, diskSize, keys }: DiskRequest, image: string): Promise<PreparedDisk> {
  if (keys !== undefined) {
    throw new AshlarError('usage', `${image} is a disk, and taken as it is: keys cannot be put onto it.`, {
      hint: 'Name the release, or make the disk with `ashlar image --enroll` and run it with --secure-boot alone.',
    });
  }
  const known = { architecture: 'amd64', manifest: undefined } as const;
  if (persist === undefined)
    return { disk: { image, ...(diskSize === undefined ? {} : { size: diskSize }) }, ...known };
  if (!existsSync(persist)) await copyDisk(image, persist, diskSize);
  return { disk: { image: persist, writes: 'direct' }, ...known };
}

/** Releases that are only built to be tried lie beside what they are made from, so that trying twice builds once. */
async function buildDefinition(place: string, { progress, signal }: Call): Promise<BuiltRelease> {
  const store = openStore();
  const out = join(store.directory, 'run');
  mkdirSync(out, { recursive: true });
  const built = await buildRelease(place, { out, store, frozen: false, progress, signal });
  tellWarnings(built.evaluated.warnings, progress);
  return built;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
