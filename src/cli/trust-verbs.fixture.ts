import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SILENT } from '../model/progress.ts';
import { openDirectoryReader } from '../store/transport/directory/directory-reader.ts';
import { refreshTrust, type TrustedChannel } from '../trust/client/refresh-trust.ts';
import { memoryTrustStore } from '../trust/client/trust-store.ts';
import { makeQuickToOpen } from '../trust/keys/throw-away-keys.fixture.ts';
import { styleFor } from './style.ts';
import init from './trust-init.ts';
import type { Call, SealedVerb } from './verb.ts';

export const CALL: Call = {
  json: false,
  progress: SILENT,
  signal: new AbortController().signal,
  style: styleFor({}),
  emit: () => {},
};

export interface Ran<Result> {
  readonly result: Result;
  readonly exitCode: number;
  readonly text: string;
}

/** Runs verbs as the command line does, with one passphrase for all keys. */
export type RunVerb = <Result = unknown>(
  verb: SealedVerb,
  words: readonly unknown[],
  options?: object,
) => Promise<Ran<Result>>;

/** {@link RunVerb} with the passphrase in a file. */
export function verbRunner(passphraseFile: string): RunVerb {
  return async <Result>(verb: SealedVerb, words: readonly unknown[], options: object = {}): Promise<Ran<Result>> => {
    const { result, exitCode = 0, text } = await verb.execute({ arguments: words, passphraseFile, ...options }, CALL);
    return { result: result as Result, exitCode, text: text(styleFor({})) };
  };
}

/** What `trust init` takes from commander, all but the repository's place. */
export const INIT_OPTIONS = {
  channel: ['candidate', 'stable'],
  withoutPreflight: ['candidate'],
  bootOnly: [],
  system: [],
  root: '1/2',
  targets: '1/1',
  secureBoot: false,
  name: 'Test',
} as const;

const PASSPHRASE = 'correct horse';

/** A scratch folder with a passphrase, and where keys and repository go. */
export interface TrustScene {
  readonly scratch: string;
  readonly keys: string;
  readonly repository: string;
  readonly passphraseFile: string;
  readonly run: RunVerb;
  /** `trust init` with these options instead of {@link INIT_OPTIONS}; its keys are made quick to open. */
  readonly init: (options?: object) => Promise<Ran<unknown>>;
  /** What a device sees whose image has this root. */
  readonly device: (channel: string, builtInRoot: Buffer) => Promise<TrustedChannel>;
  readonly remove: () => void;
}

export function trustScene(): TrustScene {
  const scratch = mkdtempSync(join(tmpdir(), 'ashlar-trust-cli-'));
  const passphraseFile = join(scratch, 'passphrase');
  writeFileSync(passphraseFile, `${PASSPHRASE}\n`);
  const [keys, repository] = [join(scratch, 'keys'), join(scratch, 'repository')];
  const run = verbRunner(passphraseFile);
  return {
    scratch,
    keys,
    repository,
    passphraseFile,
    run,
    async init(options = {}) {
      const ran = await run(init, [keys], { ...INIT_OPTIONS, repository, ...options });
      makeQuickToOpen(keys, PASSPHRASE);
      return ran;
    },
    device: (channel, builtInRoot) =>
      refreshTrust({
        store: memoryTrustStore(),
        source: openDirectoryReader(repository),
        builtInRoot,
        channel,
        now: new Date(),
      }),
    remove: () => rmSync(scratch, { recursive: true, force: true }),
  };
}
