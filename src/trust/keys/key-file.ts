import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { AshlarError } from '../../model/error.ts';
import { documentBytes } from '../../model/manifest.ts';
import { syncDirectory } from '../../store/sync-directory.ts';
import { encryptPrivateKey } from './encrypt-private-key.ts';
import type { Passphrase } from './passphrase.ts';
import { programSigner } from './program-signer.ts';
import { ed25519PublicKey, keyId, type PublicKey, publicKeySchema } from './public-key.ts';
import type { Signer } from './signer.ts';

const SUFFIX = '.key.json';
/** Only its owner reads a private key. */
const PRIVATE_MODE = 0o600;
const PUBLIC_MODE = 0o644;

/** `<label>.key.json`: which key it is, readable without a passphrase, and where its private half lies. */
const keyFileSchema = z.strictObject({
  format: z.literal('ashlar-key/1'),
  key: publicKeySchema,
  private: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('file'), file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/) }),
    z.strictObject({ kind: z.literal('program'), command: z.tuple([z.string().min(1)], z.string()) }),
  ]),
});

/** A key that lies in a folder. */
export interface KeyFile {
  /** The file that describes it. */
  readonly path: string;
  readonly id: string;
  readonly signer: Signer;
  /** False where only the public half is: the key of somebody else, or one that was taken off this machine. */
  readonly canSign: boolean;
}

/** The signers of those keys whose private halves are at hand. */
export function usableSigners(keys: readonly KeyFile[]): Signer[] {
  return keys.filter(({ canSign }) => canSign).map(({ signer }) => signer);
}

/**
 * Makes an Ed25519 key in `folder`: `<label>.pem`, which the passphrase opens, and `<label>.key.json`, which names it. Neither replaces a file that is
 * there: throws `path-conflict`.
 */
export async function createKeyFile(folder: string, label: string, passphrase: Passphrase): Promise<KeyFile> {
  const path = join(folder, `${label}${SUFFIX}`);
  const text = await passphrase.choose(path);
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = `${label}.pem`;
  writeNew(join(folder, pem), Buffer.from(encryptPrivateKey(privateKey, text)), PRIVATE_MODE);
  const key = ed25519PublicKey(privateKey);
  try {
    writeNew(path, documentBytes({ format: 'ashlar-key/1', key, private: { kind: 'file', file: pem } }), PUBLIC_MODE);
  } catch (error) {
    rmSync(join(folder, pem), { force: true });
    throw error;
  }
  syncDirectory(folder);
  return { path, id: keyId(key), signer: pemSigner(key, join(folder, pem), passphrase, privateKey), canSign: true };
}

/** The keys in `folder`, by their labels. Throws `key-invalid` when one cannot be read; private halves are opened only when they sign. */
export function readKeyFolder(folder: string, passphrase: Passphrase): KeyFile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX))
    .sort()
    .map((name) => readKeyFile(join(folder, name), passphrase));
}

/** The key that the file at `path` describes. Throws `key-invalid`. */
export function readKeyFile(path: string, passphrase: Passphrase): KeyFile {
  const { key, private: half } = parseKeyFile(path);
  const signer =
    half.kind === 'program'
      ? programSigner(key, half.command)
      : pemSigner(key, join(dirname(path), half.file), passphrase);
  const canSign = half.kind === 'program' || existsSync(join(dirname(path), half.file));
  return { path, id: keyId(key), signer, canSign };
}

/** Removes a key that was just made, and that nothing names yet, with its private half. */
export function removeKeyFile({ path }: KeyFile): void {
  for (const file of [path, `${path.slice(0, -SUFFIX.length)}.pem`]) rmSync(file, { force: true });
}

/** What people call a key: `root-1`. */
export function keyLabel({ path }: KeyFile): string {
  return basename(path, SUFFIX);
}

function parseKeyFile(path: string): z.output<typeof keyFileSchema> {
  try {
    return keyFileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new AshlarError('key-invalid', `${resolve(path)} does not describe a key.`, {
      hint: 'It is written by `ashlar trust`; bring it back from a backup, or replace the key with `ashlar trust rotate`.',
      cause,
    });
  }
}

/** @param made the private key, where it was made a moment ago: opening its file takes a quarter of a second. */
function pemSigner(key: PublicKey, pem: string, passphrase: Passphrase, made?: KeyObject): Signer {
  let opened = made === undefined ? undefined : Promise.resolve(made);
  return {
    key,
    async sign(bytes) {
      opened ??= passphrase.open(pem, (text) => openPrivateKey(pem, text));
      const privateKey = await opened;
      if (keyId(ed25519PublicKey(privateKey)) !== keyId(key)) {
        throw new AshlarError('key-invalid', `${pem} is not the private half of the key that lies beside it.`, {
          hint: 'Bring both files back from the same backup.',
        });
      }
      return sign(null, bytes, privateKey);
    },
  };
}

/** The private key, or undefined when the passphrase does not open it. Throws `key-invalid` when no passphrase will. */
function openPrivateKey(pem: string, passphrase: string): KeyObject | undefined {
  const invalid = (why: string, cause?: unknown): AshlarError =>
    new AshlarError('key-invalid', `${pem} cannot be used: ${why}.`, {
      hint: 'Bring it back from a backup, or replace the key with `ashlar trust rotate`.',
      cause,
    });
  let text: string;
  try {
    text = readFileSync(pem, 'utf8');
  } catch (cause) {
    throw invalid('it cannot be read', cause);
  }
  if (!text.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----')) throw invalid('it is not an encrypted private key');
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: text, passphrase });
  } catch {
    return undefined;
  }
  if (key.asymmetricKeyType !== 'ed25519') throw invalid('it is not an Ed25519 key');
  return key;
}

function writeNew(path: string, bytes: Uint8Array, mode: number): void {
  let file: number;
  try {
    file = openSync(path, 'wx', mode);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new AshlarError('path-conflict', `${path} is there already, and keys are never overwritten.`, {
      hint: 'Name another folder, or move the file away when you are sure that nothing needs the key.',
      cause,
    });
  }
  try {
    writeFileSync(file, bytes);
    fsyncSync(file);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}
