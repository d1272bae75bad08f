import { openRepositoryForWriting } from '../../store/transport/open-repository.ts';
import { usableSigners } from '../keys/key-file.ts';
import type { Passphrase } from '../keys/passphrase.ts';
import { readTrustFolder, type TrustFolder, writeRoot } from '../keys/trust-folder.ts';
import { openTrust, type TrustEditor } from './open-trust.ts';

export interface UsingTrustOptions {
  /** The folder that `ashlar trust init` made. */
  readonly directory: string;
  readonly passphrase: Passphrase;
  /** Further folders with keys. */
  readonly keyFolders?: readonly string[];
  /** Who writes, for another who finds the repository locked: `ashlar publish`. */
  readonly owner: string;
  readonly now: Date;
  readonly signal?: AbortSignal;
}

/**
 * Runs `work` on the trust of the folder's repository, which is locked meanwhile; what it commits is published. The folder's `root.json` follows the repository's. Throws what
 * {@link openTrust} throws, and `repository-locked`.
 */
export async function usingTrust<Result>(
  options: UsingTrustOptions,
  work: (trust: TrustEditor, folder: TrustFolder) => Promise<Result>,
): Promise<Result> {
  const { directory, passphrase, keyFolders = [], owner, now, signal } = options;
  const folder = readTrustFolder(directory, passphrase, keyFolders);
  const writer = openRepositoryForWriting(folder.repository);
  const lease = await writer.lock(owner);
  try {
    const trust = await openTrust({
      writer,
      lease,
      now,
      signers: usableSigners(folder.keys),
      root: folder.root,
      store: folder.store,
      ...(signal === undefined ? {} : { signal }),
    });
    const result = await work(trust, folder);
    const root = trust.current().root.bytes;
    if (!root.equals(folder.root)) writeRoot(directory, root);
    return result;
  } finally {
    await lease.release();
  }
}
