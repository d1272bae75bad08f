import { generateKeyPair, randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AshlarError } from '../../model/error.ts';
import { makeDirectory } from '../../store/make-directory.ts';
import { replaceFile } from '../../store/replace-file.ts';
import { encryptPrivateKey } from '../keys/encrypt-private-key.ts';
import type { Passphrase } from '../keys/passphrase.ts';
import { certificatePem } from './certificate-file.ts';
import { makeCertificate } from './make-certificate.ts';
import { SECURE_BOOT_FILES, SECURE_BOOT_KEYS, type SecureBootKey } from './secure-boot-folder.ts';
import { writeEnrolment } from './write-enrolment.ts';

export interface SecureBootKeysRequest {
  /** The folder that gets them; made when it is not there. */
  readonly folder: string;
  /** What the certificates are called, before the name of the key: firmware shows it. */
  readonly name: string;
  /** Encrypts the private keys. */
  readonly passphrase: Passphrase;
  readonly now: Date;
}

/** The longest RSA key that all firmware can check. */
const RSA_BITS = 2048;
const SERIAL_BYTES = 16;
const PRIVATE_MODE = 0o600;
const PRIVATE_FOLDER_MODE = 0o700;

const README = `# Keys of Secure Boot

\`PK.key\`     owns a machine: who has it can change every other key of it. Needed no more once \`enroll/\` is made; keep it offline, with a copy.
\`KEK.key\`    changes what may start: needed to rotate \`db.key\` and to revoke. Keep it offline.
\`db.key\`     signs loaders and boot images: needed by \`ashlar publish\`.
\`*.crt\`      their certificates; not secret.
\`owner\`      marks what we put into a firmware's databases.
\`enroll/\`    what firmware is given, made of the rest by \`ashlar trust secure-boot\`; not secret.
\`also-trusted/\`, \`revoked/\`   certificates that may sign as well, certificates and boot images that no longer count.

The private keys are PKCS #8, encrypted by the passphrase. docs/usage/secure-boot.md tells how all of it is used.
`;

/**
 * Makes the three keys of Secure Boot and what enrols them. Throws `secure-boot-keys-unusable` when the folder has keys already: machines
 * that trust them would be lost.
 */
export async function createSecureBootKeys({ folder, name, passphrase, now }: SecureBootKeysRequest): Promise<void> {
  if (existsSync(join(folder, SECURE_BOOT_FILES.owner))) {
    throw new AshlarError('secure-boot-keys-unusable', `${folder} has keys of Secure Boot already.`, {
      hint: 'Use them, or name another folder: machines that trust these know no others.',
    });
  }
  makeDirectory(folder, PRIVATE_FOLDER_MODE);
  for (const key of SECURE_BOOT_KEYS) await createKey(folder, key, `${name} ${key}`, passphrase, now);
  for (const inner of [SECURE_BOOT_FILES.alsoTrusted, SECURE_BOOT_FILES.revoked]) makeDirectory(join(folder, inner));
  replaceFile(join(folder, SECURE_BOOT_FILES.readme), Buffer.from(README));
  // Last: with it the folder counts as complete.
  replaceFile(join(folder, SECURE_BOOT_FILES.owner), Buffer.from(`${randomUUID()}\n`));
  await writeEnrolment({ folder, passphrase, now });
}

/** Makes the key pair `key` with its certificate, in place of what is there. */
export async function createKey(
  folder: string,
  key: SecureBootKey,
  commonName: string,
  passphrase: Passphrase,
  now: Date,
): Promise<void> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: RSA_BITS });
  const serial = randomBytes(SERIAL_BYTES);
  const certificate = makeCertificate({ commonName, publicKey, privateKey, notBefore: now, serial });
  const path = join(folder, SECURE_BOOT_FILES.privateKey(key));
  const encrypted = encryptPrivateKey(privateKey, await passphrase.choose(path));
  replaceFile(path, Buffer.from(encrypted), PRIVATE_MODE);
  replaceFile(join(folder, SECURE_BOOT_FILES.certificate(key)), certificatePem(certificate));
}
