import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { makeDirectory } from '../../store/make-directory.ts';
import { replaceFile } from '../../store/replace-file.ts';
import { certificatePem, readCertificate } from './certificate-file.ts';
import { createKey, type SecureBootKeysRequest } from './create-secure-boot-keys.ts';
import { readSecureBootSigner } from './read-secure-boot-signer.ts';
import { SECURE_BOOT_FILES } from './secure-boot-folder.ts';
import { writeEnrolment } from './write-enrolment.ts';

/**
 * Makes a new key `db`. Machines go on trusting the old one, which has signed what they run: it is revoked later, by moving its
 * certificate from `also-trusted/` to `revoked/`, when no machine runs a release of it any more. The old private key is gone with this.
 */
export async function rotateSecureBootKey({ folder, name, passphrase, now }: SecureBootKeysRequest): Promise<void> {
  // Without KEK nothing could enrol the new key: that is found out before the old one goes.
  await readSecureBootSigner(folder, 'KEK', passphrase).sign(Buffer.alloc(0));
  const old = readCertificate(join(folder, SECURE_BOOT_FILES.certificate('db')));
  const alsoTrusted = join(folder, SECURE_BOOT_FILES.alsoTrusted);
  makeDirectory(alsoTrusted);
  // Under a name of its own, before the old key goes: a rotation that is cut short is repeated.
  const serial = new X509Certificate(old).serialNumber.toLowerCase();
  replaceFile(join(alsoTrusted, `db-${serial}.crt`), certificatePem(old));
  await createKey(folder, 'db', `${name} db`, passphrase, now);
  await writeEnrolment({ folder, passphrase, now });
}
