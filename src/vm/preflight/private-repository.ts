import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createImage } from '../../build/create-image.ts';
import { publishReleases } from '../../build/publish/publish-releases.ts';
import { SILENT } from '../../model/progress.ts';
import { openRepositoryForWriting } from '../../store/transport/open-repository.ts';
import { transientSigner } from '../../trust/keys/transient-signer.ts';
import { initTrust } from '../../trust/metadata/init-trust.ts';
import type { TriedRelease } from './tried-release.ts';

/** A repository that only the machines of one preflight see. */
export interface PrivateRepository {
  /** A read-only file system with the folder `repository`: a disk for the machine, which thus needs no network. */
  readonly image: string;
  /** The bytes of its `root.json`. */
  readonly root: Buffer;
}

export interface PrivateRepositoryOptions {
  /** In the order of their publishing. */
  readonly releases: readonly TriedRelease[];
  /** The channels that their agents follow. */
  readonly channels: readonly string[];
  /** A folder for it. */
  readonly folder: string;
  readonly now: Date;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Publishes `releases` in a repository with keys that are made for it and kept nowhere: what is tried is trusted by nobody else, and the real keys need not be at
 * hand. Each channel gets all of the releases; a machine takes the greatest.
 */
export async function makePrivateRepository(options: PrivateRepositoryOptions): Promise<PrivateRepository> {
  const { releases, channels, folder, now, signal = new AbortController().signal } = options;
  const content = join(folder, 'content');
  const place = join(content, 'repository');
  mkdirSync(place, { recursive: true });
  const repository = openRepositoryForWriting(place);
  const signer = transientSigner();
  const only = { signers: [signer], threshold: 1 };
  const policy = { preflight: 'not-required' } as const;
  const lease = await repository.lock('ashlar preflight');
  const root = await initTrust({
    writer: repository,
    lease,
    roles: { root: only, targets: only, snapshot: only, timestamp: only },
    channels: Object.fromEntries(channels.map((channel) => [channel, { ...only, systems: [], policy }])),
    now,
  }).finally(() => lease.release());
  for (const channel of channels) {
    await publishReleases({
      repository,
      signers: [signer],
      root,
      now,
      progress: SILENT,
      signal,
      releases: releases.map(({ directory }) => ({ directory, preflight: { kind: 'none' } })),
      channel,
    });
  }
  const image = join(folder, 'repository.erofs');
  await createImage({
    source: content,
    output: image,
    codec: { algorithm: 'none' },
    // Linux wants a terminator after the name, in the sixteen bytes that it has.
    name: 'preflight',
    progress: SILENT,
    signal,
  });
  return { image, root };
}
