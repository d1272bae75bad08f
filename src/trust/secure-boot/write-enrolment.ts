import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { authenticatedTime } from '../../formats/efi/authenticated-variable.ts';
import type { SignatureEntry } from '../../formats/efi/signature-list.ts';
import { imageDigest } from '../../formats/pe/image-digest.ts';
import { type Uuid, uuid } from '../../formats/uuid.ts';
import { AshlarError } from '../../model/error.ts';
import { makeDirectory } from '../../store/make-directory.ts';
import { replaceFile } from '../../store/replace-file.ts';
import type { Passphrase } from '../keys/passphrase.ts';
import { readCertificate } from './certificate-file.ts';
import { type EnrolmentFiles, type EnrolmentMark, makeDatabases, makeOwnership } from './make-enrolment.ts';
import { readSecureBootSigner } from './read-secure-boot-signer.ts';
import { SECURE_BOOT_FILES } from './secure-boot-folder.ts';

export interface WriteEnrolmentRequest {
  /** The Secure Boot folder, with the private key KEK; with PK as well when a machine could not be made ours yet. */
  readonly folder: string;
  readonly passphrase: Passphrase;
  readonly now: Date;
}

/**
 * Makes `enroll/` of what the Secure Boot folder holds: the own keys, the certificates that are trusted as well, what is revoked. `PK.auth` and
 * `KEK.auth` stay when they are there, so that PK can stay offline. Nothing changes when one of the files cannot be read. Throws
 * `secure-boot-keys-unusable`, `key-locked`, `boot-image-invalid`.
 */
export async function writeEnrolment({ folder, passphrase, now }: WriteEnrolmentRequest): Promise<void> {
  const enrolment = join(folder, SECURE_BOOT_FILES.enrolment);
  const mark: EnrolmentMark = { owner: readOwner(folder), time: laterThan(enrolment, now) };
  const certificate = (path: string): SignatureEntry => ({
    kind: 'certificate',
    owner: mark.owner,
    certificate: readCertificate(path),
  });
  const allowed = [
    certificate(join(folder, SECURE_BOOT_FILES.certificate('db'))),
    ...filesIn(join(folder, SECURE_BOOT_FILES.alsoTrusted)).map(certificate),
  ];
  const forbidden = filesIn(join(folder, SECURE_BOOT_FILES.revoked)).map((path) =>
    path.endsWith('.efi') ? imageEntry(mark.owner, path) : certificate(path),
  );
  const KEK = readSecureBootSigner(folder, 'KEK', passphrase);
  const isOurs = ['PK.auth', 'KEK.auth'].every((name) => existsSync(join(enrolment, name)));
  const files: EnrolmentFiles = new Map([
    ...(isOurs ? [] : await makeOwnership(mark, readSecureBootSigner(folder, 'PK', passphrase), KEK)),
    ...(await makeDatabases(mark, KEK, allowed, forbidden)),
  ]);
  makeDirectory(enrolment);
  for (const [name, bytes] of files) replaceFile(join(enrolment, name), bytes);
  if (!files.has('dbx.auth')) rmSync(join(enrolment, 'dbx.auth'), { force: true });
}

function readOwner(folder: string): Uuid {
  const path = join(folder, SECURE_BOOT_FILES.owner);
  try {
    return uuid(readFileSync(path, 'utf8').trim());
  } catch (error) {
    throw new AshlarError(
      'secure-boot-keys-unusable',
      `${folder} has no keys of Secure Boot: ${path} cannot be read.`,
      {
        hint: 'Name the folder that `ashlar trust secure-boot` made.',
        cause: error,
      },
    );
  }
}

/** One boot image that may not start any more: by what its signature is over, so that signing it anew does not help. */
function imageEntry(owner: Uuid, path: string): SignatureEntry {
  return { kind: 'image', owner, digest: Buffer.from(imageDigest(readFileSync(path)), 'hex') };
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort()
    .map((name) => join(folder, name));
}

/** Firmware takes an update only when it is later than the one before, whatever this machine’s clock says. */
function laterThan(enrolment: string, now: Date): Date {
  const path = join(enrolment, 'db.auth');
  if (!existsSync(path)) return now;
  const before = authenticatedTime(readFileSync(path));
  return new Date(Math.max(now.getTime(), before.getTime() + 1000));
}
