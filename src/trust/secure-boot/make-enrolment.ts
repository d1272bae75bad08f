import { type SignatureEntry, writeSignatureLists } from '../../formats/efi/signature-list.ts';
import type { Uuid } from '../../formats/uuid.ts';
import type { EnrolmentFile } from './secure-boot-folder.ts';
import type { SecureBootSigner } from './secure-boot-signer.ts';
import { signVariable } from './sign-variable.ts';

/** What is common to the variables of one enrolment. */
export interface EnrolmentMark {
  readonly owner: Uuid;
  /** Later than that of any enrolment before: firmware refuses an older one. */
  readonly time: Date;
}

export type EnrolmentFiles = ReadonlyMap<EnrolmentFile, Buffer>;

/** The variables that make a machine ours (UEFI 2.10 §32.3): PK signs itself and KEK. Made once. */
export async function makeOwnership(
  { owner, time }: EnrolmentMark,
  PK: SecureBootSigner,
  KEK: Pick<SecureBootSigner, 'certificate'>,
): Promise<EnrolmentFiles> {
  const listOf = (certificate: Buffer): Buffer => writeSignatureLists([{ kind: 'certificate', owner, certificate }]);
  return new Map([
    ['PK.auth', await signVariable({ variable: 'PK', time, data: listOf(PK.certificate) }, PK)],
    ['KEK.auth', await signVariable({ variable: 'KEK', time, data: listOf(KEK.certificate) }, PK)],
  ]);
}

/**
 * The databases, which KEK signs: what may start, and what may not. Firmware without keys takes them from systemd-boot; firmware that has ours
 * takes later ones from the running system. A list replaces the one before; without anything forbidden there is no dbx.
 */
export async function makeDatabases(
  { time }: EnrolmentMark,
  KEK: SecureBootSigner,
  allowed: readonly SignatureEntry[],
  forbidden: readonly SignatureEntry[],
): Promise<EnrolmentFiles> {
  const files = new Map<EnrolmentFile, Buffer>([
    ['db.auth', await signVariable({ variable: 'db', time, data: writeSignatureLists(allowed) }, KEK)],
  ]);
  if (forbidden.length > 0) {
    files.set('dbx.auth', await signVariable({ variable: 'dbx', time, data: writeSignatureLists(forbidden) }, KEK));
  }
  return files;
}
