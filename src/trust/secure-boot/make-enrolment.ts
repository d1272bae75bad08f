import type { SignatureEntry } from '../../formats/efi/signature-list.ts';
import { writeSignatureLists } from '../../formats/efi/signature-list.ts';
import type { Uuid } from '../../formats/uuid.ts';
import type { EnrolmentFile } from './secure-boot-folder.ts';
import type { SecureBootSigner } from './secure-boot-signer.ts';
import { signVariable } from './sign-variable.ts';

/** What a machine's firmware is to trust. */
export interface EnrolmentPlan {
  readonly owner: Uuid;
  /** Later than that of any enrolment before: firmware refuses an older one. */
  readonly time: Date;
  readonly PK: SecureBootSigner;
  readonly KEK: SecureBootSigner;
  /** What may start; the certificate that signs releases comes first. */
  readonly allowed: readonly SignatureEntry[];
  readonly forbidden: readonly SignatureEntry[];
}

/**
 * The variables that make a machine ours (UEFI 2.10 §32.3): PK signs itself and KEK, and KEK signs db and dbx. Firmware without keys takes
 * them from systemd-boot; firmware that has ours takes later ones from the running system.
 */
export async function makeEnrolment(plan: EnrolmentPlan): Promise<ReadonlyMap<EnrolmentFile, Buffer>> {
  const { owner, time, PK, KEK, allowed, forbidden } = plan;
  const own = ({ certificate }: SecureBootSigner): Buffer =>
    writeSignatureLists([{ kind: 'certificate', owner, certificate }]);
  const files = new Map<EnrolmentFile, Buffer>([
    ['PK.auth', await signVariable({ variable: 'PK', time, data: own(PK) }, PK)],
    ['KEK.auth', await signVariable({ variable: 'KEK', time, data: own(KEK) }, PK)],
    ['db.auth', await signVariable({ variable: 'db', time, data: writeSignatureLists(allowed) }, KEK)],
  ]);
  if (forbidden.length > 0) {
    files.set('dbx.auth', await signVariable({ variable: 'dbx', time, data: writeSignatureLists(forbidden) }, KEK));
  }
  return files;
}
