import { sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { objectPath, type ReleaseCustom } from '../../model/repository.ts';
import type { RepositoryReader } from '../../store/transport/repository-reader.ts';
import type { TrustedRelease } from '../../trust/client/trusted-release.ts';
import type { TrustEditor } from '../../trust/metadata/open-trust.ts';
import { passPreflightGate } from './preflight-gate.ts';
import { type Publisher, signatoriesOf, withTrust } from './publish-releases.ts';
import { readManifestOf } from './read-published.ts';
import { versionBefore } from './version-before.ts';

export interface PromoteOptions extends Publisher {
  readonly name: string;
  readonly version: string;
  readonly from: string;
  readonly to: string;
  /** A person's reason to promote without a preflight that passed. */
  readonly skipPreflight?: string | undefined;
}

export interface Promotion {
  readonly name: string;
  readonly version: string;
  readonly from: string;
  readonly to: string;
  /** SHA-256 of the manifest: what `to` has now is what `from` has. */
  readonly manifest: string;
  /** False when the channel had it already. */
  readonly added: boolean;
  /** False when nothing of the channel changed. */
  readonly changed: boolean;
}

/**
 * Puts a release of one channel into another: the same manifest, so the same bytes; nothing is built and nothing sent. Throws `release-not-found` when `from` does not have it,
 * `usage` when both are one, `preflight-required`, `repository-incomplete` when its manifest is not in the repository, `channel-unknown`, and what trust and transport throw.
 */
export async function promoteRelease(options: PromoteOptions): Promise<Promotion> {
  const { name, version, from, to, repository } = options;
  if (from === to) {
    throw new AshlarError('usage', `${name} ${version} cannot be promoted from ${from} to itself.`, {
      hint: 'Name another channel with --to.',
    });
  }
  return withTrust(options, `ashlar promote ${name} ${version} to ${to}`, async (trust, lease) => {
    const release = releaseIn(trust, from, name, version);
    const there = trust.releases(to).find((each) => each.name === name && each.version === version);
    if ((await readManifestOf(repository, release)) === undefined) throw withoutManifest(repository, release);
    const attestation = await gate(options, trust, release);
    const custom: ReleaseCustom = {
      ...release.custom,
      promotedFrom: from,
      // Who put a barrier up in the other channel meant it.
      ...(there?.custom.barrier === true ? { barrier: true } : {}),
      ...(attestation === undefined
        ? {}
        : {
            attestation: { ...release.custom.attestation, sha256: sha256(attestation), size: attestation.length },
          }),
    };
    if (attestation !== undefined) {
      await lease.renew();
      await repository.create(objectPath(sha256(attestation)), attestation);
    }
    const { length, sha256: digest } = release.manifest;
    trust.addRelease(to, { manifest: { length, sha256: digest }, custom });
    const signed = await trust.commit();
    return { name, version, from, to, manifest: digest, added: there === undefined, changed: signed.length > 0 };
  });
}

/** The attestation that lets the release into the other channel: the one that it has, made by either channel's keys; or a person's decision, by those of the channel that it goes to. */
async function gate(options: PromoteOptions, trust: TrustEditor, release: TrustedRelease): Promise<Buffer | undefined> {
  const { from, to, repository, skipPreflight, signers, now } = options;
  const [ours, theirs] = [signatoriesOf(trust, to), signatoriesOf(trust, from)];
  const { attestation } = release.custom;
  const envelope =
    attestation === undefined
      ? undefined
      : await repository.read(objectPath(attestation.sha256), { maxBytes: attestation.size });
  const attested = await passPreflightGate({
    name: release.name,
    version: release.version,
    manifests: [release.manifest.sha256, ...(attestation?.about === undefined ? [] : [attestation.about])],
    result: envelope === undefined ? { kind: 'none' } : { kind: 'signed', envelope, logFolder: undefined },
    required: trust.policy().channels[to]?.preflight ?? 'not-required',
    before: versionBefore(trust, to, release),
    signatories: {
      keys: [...ours.keys, ...theirs.keys],
      threshold: Math.min(ours.threshold, theirs.threshold),
    },
    deciders: ours,
    signers,
    skip: skipPreflight,
    now,
  });
  return attested?.envelope;
}

/** The release of a channel. Throws `release-not-found`, with what there is, and `channel-unknown`. */
export function releaseIn(trust: TrustEditor, channel: string, name: string, version: string): TrustedRelease {
  const releases = trust.releases(channel);
  const release = releases.find((each) => each.name === name && each.version === version);
  if (release !== undefined) return release;
  const others = releases.filter((each) => each.name === name).map((each) => each.version);
  throw new AshlarError('release-not-found', `The channel ${channel} has no ${name} ${version}.`, {
    hint: others.length === 0 ? `It has no release of ${name}.` : `It has ${others.join(', ')}.`,
  });
}

function withoutManifest(repository: RepositoryReader, { name, version, manifest }: TrustedRelease): AshlarError {
  return new AshlarError(
    'repository-incomplete',
    `${manifest.path} of the repository ${repository.describe()} is not what is signed for ${name} ${version}.`,
    { hint: 'Publish the release again: what is there already is not sent again.' },
  );
}
