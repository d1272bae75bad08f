import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { authenticatedData } from '../../formats/efi/authenticated-variable.ts';
import { parseSignatureLists, type SignatureEntry } from '../../formats/efi/signature-list.ts';
import { AshlarError } from '../../model/error.ts';
import type { SecureBootDatabases } from './judge-boot-image.ts';
import { ENROLMENT_FILES, type EnrolmentFile, SECURE_BOOT_FILES, SECURE_BOOT_FOLDER } from './secure-boot-folder.ts';

/** What makes a machine ours: the signed variables that its firmware is given, and what it will start from then on. */
export interface Enrolment extends SecureBootDatabases {
  readonly files: ReadonlyMap<EnrolmentFile, Buffer>;
}

/** The Secure Boot folder that `place` is or, as the folder of `ashlar trust init`, contains. */
export function secureBootFolder(place: string): string {
  const inner = join(place, SECURE_BOOT_FOLDER);
  return existsSync(join(inner, SECURE_BOOT_FILES.owner)) ? inner : place;
}

/**
 * The enrolment of a Secure Boot folder; no private key is needed. Throws `secure-boot-keys-unusable` when one of PK, KEK and db is not
 * there, `signature-invalid` when one is damaged.
 */
export function readEnrolment(folder: string): Enrolment {
  const files = new Map<EnrolmentFile, Buffer>();
  for (const name of ENROLMENT_FILES) {
    const path = join(folder, SECURE_BOOT_FILES.enrolment, name);
    if (existsSync(path)) files.set(name, readFileSync(path));
    else if (name !== 'dbx.auth') throw incomplete(path);
  }
  return { files, allowed: entriesOf(files.get('db.auth')), forbidden: entriesOf(files.get('dbx.auth')) };
}

function entriesOf(file: Buffer | undefined): SignatureEntry[] {
  return file === undefined ? [] : parseSignatureLists(authenticatedData(file));
}

function incomplete(path: string): AshlarError {
  return new AshlarError('secure-boot-keys-unusable', `There is no ${path}.`, {
    hint: 'Name a folder that `ashlar trust secure-boot` made; running it again makes what enrols its keys anew.',
  });
}
