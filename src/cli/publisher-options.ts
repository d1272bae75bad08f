import type { Command } from 'commander';
import * as z from 'zod';
import type { Publisher } from '../build/publish/publish-releases.ts';
import { MAX_REASON_CHARACTERS } from '../model/preflight-report.ts';
import { openRepositoryForWriting } from '../store/transport/open-repository.ts';
import { usableSigners } from '../trust/keys/key-file.ts';
import type { Passphrase } from '../trust/keys/passphrase.ts';
import { readTrustFolder } from '../trust/keys/trust-folder.ts';
import { commandPassphrase, PASSPHRASE_OPTION } from './command-passphrase.ts';
import { KEYS_OPTION } from './trust-options.ts';
import type { Call } from './verb.ts';

/** What every verb takes that writes a repository. */
export const publisherOptions = {
  trust: z.string(),
  repository: z.string().optional(),
  keys: z.array(z.string()).default([]),
  passphraseFile: z.string().optional(),
} as const;

/** Why somebody does without a preflight: it is signed, so it is one that can be read back. */
export const skipReason = z
  .string()
  .trim()
  .min(1, 'must say why')
  .max(MAX_REASON_CHARACTERS, `must say why in ${MAX_REASON_CHARACTERS} characters at most`)
  .optional();

/** Adds them to a command. */
export function withPublisherOptions(command: Command): Command {
  return command
    .requiredOption('--trust <folder>', 'the folder of `ashlar trust init`, with the keys')
    .option('--repository <place>', 'the repository’s directory; else the one that the folder names')
    .option(...KEYS_OPTION)
    .option(...PASSPHRASE_OPTION);
}

/** Who publishes, by these options. Nothing is written, and nobody is asked for a passphrase, before something is signed. */
export function publisherFrom(
  options: {
    readonly trust: string;
    readonly repository?: string | undefined;
    readonly keys: readonly string[];
    readonly passphraseFile?: string | undefined;
  },
  { progress, signal }: Call,
): Publisher & { readonly passphrase: Passphrase } {
  const passphrase = commandPassphrase(options.passphraseFile);
  const folder = readTrustFolder(options.trust, passphrase, options.keys);
  return {
    repository: openRepositoryForWriting(options.repository ?? folder.repository),
    signers: usableSigners(folder.keys),
    root: folder.root,
    store: folder.store,
    now: new Date(),
    progress,
    signal,
    passphrase,
  };
}
