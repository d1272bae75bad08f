import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import * as z from 'zod';
import { AshlarError } from '../../model/error.ts';
import { documentBytes } from '../../model/manifest.ts';
import { makeDirectory } from '../../store/make-directory.ts';
import { replaceFile } from '../../store/replace-file.ts';
import { directoryTrustStore, type TrustStore } from '../client/trust-store.ts';
import { createKeyFile, type KeyFile, readKeyFolder, removeKeyFile } from './key-file.ts';
import type { Passphrase } from './passphrase.ts';

/** Where `ashlar trust` keeps what. `offline` can be taken away, `online` is what a publishing machine needs. */
export const TRUST_FOLDER = {
  config: 'trust.json',
  root: 'root.json',
  offline: 'offline',
  online: 'online',
  /** What this publisher has verified before: it notices when somebody puts an old state back. */
  seen: 'seen',
  readme: 'README.md',
} as const;

const PRIVATE_FOLDER_MODE = 0o700;

const configSchema = z.strictObject({
  format: z.literal('ashlar-trust/1'),
  /** The repository's place; a path counts from the folder. */
  repository: z.string().min(1),
});

/** The keys of a repository and what is known of it, in a folder of the publisher's. */
export interface TrustFolder {
  readonly directory: string;
  /** The repository's place: an absolute path, or a URL. */
  readonly repository: string;
  /** The bytes of `root.json`: the newest root when the folder was last used. */
  readonly root: Buffer;
  /** All keys at hand, from `offline`, `online` and the other folders that were named. */
  readonly keys: readonly KeyFile[];
  readonly store: TrustStore;
}

/**
 * Reads the folder at `directory` that `ashlar trust init` made, and the keys in it and in `keyFolders` (a USB stick, another person's). Throws `path-unusable` when it is none,
 * `key-invalid` when a key cannot be read.
 */
export function readTrustFolder(
  directory: string,
  passphrase: Passphrase,
  keyFolders: readonly string[] = [],
): TrustFolder {
  const { repository } = readConfig(directory);
  const own = [TRUST_FOLDER.offline, TRUST_FOLDER.online]
    .map((name) => join(directory, name))
    .filter((folder) => existsSync(folder));
  for (const folder of keyFolders) {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) continue;
    throw new AshlarError('path-unusable', `There is no folder ${folder}.`, { hint: 'Name a folder with keys.' });
  }
  return {
    directory: resolve(directory),
    repository: /^[a-z]+:\/\//i.test(repository) ? repository : resolve(directory, repository),
    root: readRoot(directory),
    keys: [...own, ...keyFolders].flatMap((folder) => readKeyFolder(folder, passphrase)),
    store: directoryTrustStore(join(directory, TRUST_FOLDER.seen)),
  };
}

/** Begins a folder at `directory`, which must be new or empty, with its README. Throws `path-conflict`. */
export function createTrustFolder(directory: string, readme: string): void {
  if (existsSync(directory) && readdirSync(directory).length > 0) {
    throw new AshlarError('path-conflict', `${directory} is not empty.`, {
      hint: 'Name a folder that is new: keys are never put beside others by accident.',
    });
  }
  for (const inner of [TRUST_FOLDER.offline, TRUST_FOLDER.online]) {
    makeDirectory(join(directory, inner), PRIVATE_FOLDER_MODE);
  }
  replaceFile(join(directory, TRUST_FOLDER.readme), Buffer.from(readme));
}

/** Records which repository a folder is for. Before that has a root: who is cut off behind the root finds all but `root.json` here, and that there. */
export function recordRepository(directory: string, repository: string): void {
  const place = /^[a-z]+:\/\//i.test(repository)
    ? repository
    : relative(resolve(directory), resolve(repository)) || '.';
  replaceFile(
    join(directory, TRUST_FOLDER.config),
    documentBytes({ format: 'ashlar-trust/1', repository: place } satisfies z.input<typeof configSchema>),
  );
}

/** Keeps `root` as the folder's `root.json`: what definitions name as `updates.trust`. */
export function writeRoot(directory: string, root: Uint8Array): void {
  replaceFile(join(directory, TRUST_FOLDER.root), root);
}

/** Where new keys of the role `role` go: those that devices seldom see used stay off the machines that publish. */
export function keyFolderOf(directory: string, role: string): string {
  const isOffline = role === 'root' || role === 'targets';
  return join(directory, isOffline ? TRUST_FOLDER.offline : TRUST_FOLDER.online);
}

/** Makes `count` keys of a role: `<role>-<n>` with the next numbers that are free in `folder`. */
export async function createRoleKeys(
  folder: string,
  role: string,
  count: number,
  passphrase: Passphrase,
): Promise<KeyFile[]> {
  makeDirectory(folder, PRIVATE_FOLDER_MODE);
  const taken = new Set(readdirSync(folder).map((name) => name.split('.', 1)[0]));
  const keys: KeyFile[] = [];
  try {
    for (let number = 1; keys.length < count; number += 1) {
      if (!taken.has(`${role}-${number}`)) keys.push(await createKeyFile(folder, `${role}-${number}`, passphrase));
    }
  } catch (error) {
    keys.forEach(removeKeyFile);
    throw error;
  }
  return keys;
}

function readRoot(directory: string): Buffer {
  const file = join(directory, TRUST_FOLDER.root);
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new AshlarError(
      'path-unusable',
      `${file} cannot be read, and without it nothing is known of the repository.`,
      {
        hint: 'It is public: copy it back from a backup or from a definition that names it. Only when you are sure of the repository, take its metadata/<N>.root.json with the greatest number.',
        cause,
      },
    );
  }
}

function readConfig(directory: string): z.output<typeof configSchema> {
  try {
    return configSchema.parse(JSON.parse(readFileSync(join(directory, TRUST_FOLDER.config), 'utf8')));
  } catch (cause) {
    throw new AshlarError('path-unusable', `${directory} is not a folder of \`ashlar trust init\`.`, {
      hint: 'Name the folder with trust.json in it; `ashlar trust init` makes one.',
      cause,
    });
  }
}
