import { isDeepStrictEqual } from 'node:util';
import { compareVersions } from '../../formats/version-order.ts';
import { sha256 } from '../../model/digest.ts';
import { parseManifest } from '../../model/manifest.ts';
import type { Progress } from '../../model/progress.ts';
import type { ReleaseCustom } from '../../model/repository.ts';
import type { Lease, RepositoryWriter } from '../../store/transport/repository-writer.ts';
import type { Signatories } from '../../trust/attestation/open-envelope.ts';
import type { TrustStore } from '../../trust/client/trust-store.ts';
import type { TrustedRelease } from '../../trust/client/trusted-release.ts';
import type { Signer } from '../../trust/keys/signer.ts';
import { openTrust, type TrustEditor } from '../../trust/metadata/open-trust.ts';
import { authorityOf } from '../../trust/metadata/repository-metadata.ts';
import type { SecureBootSigner } from '../../trust/secure-boot/secure-boot-signer.ts';
import { knownBlocks, type PublishedRoot } from './known-blocks.ts';
import { type Attested, type PreflightResult, passPreflightGate } from './preflight-gate.ts';
import { type PreparedRelease, prepareRelease } from './prepare-release.ts';
import { readManifestOf } from './read-published.ts';
import { type Upload, uploadRelease } from './upload-release.ts';
import { versionBefore } from './version-before.ts';

/** Who publishes, and where. */
export interface Publisher {
  readonly repository: RepositoryWriter;
  /** All keys at hand. */
  readonly signers: readonly Signer[];
  /** The bytes of the `root.json` that the publisher has. */
  readonly root: Buffer;
  /** What the publisher has seen of the repository before. */
  readonly store?: TrustStore;
  readonly now: Date;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

export interface ReleaseToPublish {
  readonly directory: string;
  /** What came of its preflight. */
  readonly preflight: PreflightResult;
}

export interface PublishOptions extends Publisher {
  readonly releases: readonly ReleaseToPublish[];
  readonly channel: string;
  /** Signs what firmware checks; absent for systems without Secure Boot. */
  readonly secureBoot?: SecureBootSigner | undefined;
  /** Devices below these releases install them before any later one. */
  readonly barrier?: boolean;
  /** A person's reason to publish without a preflight that passed. */
  readonly skipPreflight?: string | undefined;
  /** Finds out what would be sent, and sends nothing. */
  readonly dryRun?: boolean;
}

export interface PublishedRelease extends Upload {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of its manifest. */
  readonly manifest: string;
  readonly rootHash: string;
  /** False when the channel had it already. */
  readonly added: boolean;
  /** False when what the channel says of it is what it said before. */
  readonly changed: boolean;
}

/**
 * Publishes releases to a channel: checks and signs each, sends what the repository lacks, and at last changes the metadata, which is one step for whoever reads.
 * Cut off anywhere, it leaves the old state, and files that the next publish need not send again.
 *
 * Throws `release-not-verified`, `release-conflict`, `preflight-required`, `channel-unknown`, `repository-locked`, `signers-insufficient`, and what trust and transport throw.
 */
export async function publishReleases(options: PublishOptions): Promise<PublishedRelease[]> {
  const prepared: { readonly release: PreparedRelease; readonly preflight: PreflightResult }[] = [];
  for (const { directory, preflight } of options.releases) {
    prepared.push({ release: await prepareRelease({ ...options, directory }), preflight });
  }
  const what = prepared.map(({ release: { manifest } }) => `${manifest.name} ${manifest.version}`).join(', ');
  return withTrust(options, `ashlar publish ${what}`, async (trust, lease) => {
    const published: PublishedRelease[] = [];
    const sent: PublishedRoot[] = [];
    for (const { release, preflight } of prepared) {
      const attested = await gate(options, trust, release, preflight);
      const fate = addToChannel(options, trust, release, attested);
      if (options.dryRun !== true) trust.checkSigners();
      const known = await knownBlocks(
        options.repository,
        [...sent, ...(await publishedRoots(options.repository, trust, release.manifest.name))],
        release.manifest.root.salt,
      );
      const upload = await uploadRelease({
        ...options,
        lease: options.dryRun === true ? undefined : lease,
        release,
        known,
        attached: attested === undefined ? [] : [attested.envelope, ...attested.logs],
      });
      if (options.dryRun !== true) sent.unshift(release.manifest.root);
      const { name, version, root } = release.manifest;
      published.push({
        name,
        version,
        manifest: sha256(release.manifestBytes),
        rootHash: root.hash,
        ...fate,
        ...upload,
      });
    }
    if (options.dryRun !== true) await trust.commit();
    return published;
  });
}

/** Takes the right to write, opens the trust, works, and gives the right back. */
export async function withTrust<Result>(
  publisher: Publisher,
  owner: string,
  work: (trust: TrustEditor, lease: Lease) => Promise<Result>,
): Promise<Result> {
  const { repository: writer, signers, root, store, now, signal } = publisher;
  const lease = await writer.lock(owner);
  try {
    const trust = await openTrust({
      writer,
      lease,
      signers,
      root,
      now,
      ...(store === undefined ? {} : { store }),
      ...(signal === undefined ? {} : { signal }),
    });
    return await work(trust, lease);
  } finally {
    await lease.release();
  }
}

/** Who may attest for a channel: whoever may sign it. */
export function signatoriesOf(trust: TrustEditor, channel: string): Signatories {
  const { root, targets } = trust.current();
  const { role, keys } = authorityOf({ root: root.signed, targets: targets.signed }, channel);
  return {
    keys: role.keyids.flatMap((id) => (Object.hasOwn(keys, id) ? [keys[id]!] : [])),
    threshold: role.threshold,
  };
}

async function gate(
  { channel, skipPreflight, signers, now }: PublishOptions,
  trust: TrustEditor,
  { manifest, manifestBytes, builtManifest }: PreparedRelease,
  result: PreflightResult,
): Promise<Attested | undefined> {
  // Says that there is no such channel before anything is asked of it.
  trust.releases(channel);
  return passPreflightGate({
    name: manifest.name,
    version: manifest.version,
    manifests: [sha256(manifestBytes), builtManifest],
    result,
    required: trust.policy().channels[channel]?.preflight ?? 'not-required',
    before: versionBefore(trust, channel, manifest),
    signatories: signatoriesOf(trust, channel),
    signers,
    skip: skipPreflight,
    now,
  });
}

/** Puts the release into the draft of the channel. */
function addToChannel(
  { channel, barrier }: PublishOptions,
  trust: TrustEditor,
  { manifest, manifestBytes, builtManifest }: PreparedRelease,
  attested: Attested | undefined,
): Pick<PublishedRelease, 'added' | 'changed'> {
  const { name, version, created, root } = manifest;
  const digest = sha256(manifestBytes);
  const before = trust.releases(channel).find((each) => each.name === name && each.version === version);
  const custom: ReleaseCustom = {
    ...before?.custom,
    name,
    version,
    rootHash: root.hash,
    created,
    ...(barrier === true ? { barrier } : {}),
    ...(attested === undefined
      ? {}
      : {
          attestation: {
            sha256: sha256(attested.envelope),
            size: attested.envelope.length,
            ...(builtManifest === digest ? {} : { about: builtManifest }),
          },
        }),
  };
  trust.addRelease(channel, { manifest: { length: manifestBytes.length, sha256: digest }, custom });
  return { added: before === undefined, changed: !isDeepStrictEqual(before?.custom, custom) };
}

/** The roots of the releases of a system that channels have, the newest first: its blocks are most likely those of the next. */
async function publishedRoots(
  repository: RepositoryWriter,
  trust: TrustEditor,
  name: string,
): Promise<PublishedRoot[]> {
  const releases = new Map<string, TrustedRelease>();
  for (const channel of trust.channels()) {
    for (const release of trust.releases(channel)) {
      if (release.name === name) releases.set(release.manifest.sha256, release);
    }
  }
  const newestFirst = [...releases.values()].sort(
    (a, b) => b.custom.created - a.custom.created || compareVersions(b.version, a.version),
  );
  const roots: PublishedRoot[] = [];
  for (const release of newestFirst) {
    const bytes = await readManifestOf(repository, release);
    if (bytes !== undefined) roots.push(parseManifest(bytes).root);
  }
  return roots;
}
