import { derObjectIdentifier, derSequence } from '../../formats/der/write-der.ts';
import {
  type VariableUpdate,
  variableSignedBytes,
  writeAuthenticatedVariable,
} from '../../formats/efi/authenticated-variable.ts';
import { OID } from '../../formats/pkcs7/object-identifiers.ts';
import { writeSignedData } from '../../formats/pkcs7/write-signed-data.ts';
import type { SecureBootSigner } from './secure-boot-signer.ts';

/** An update of a Secure Boot variable that firmware takes when it trusts `signer` with it: a file such as `db.auth`. */
export async function signVariable(update: VariableUpdate, signer: SecureBootSigner): Promise<Buffer> {
  const signedData = writeSignedData({
    contentInfo: derSequence(derObjectIdentifier(OID.data)),
    certificate: signer.certificate,
    signature: await signer.sign(variableSignedBytes(update)),
  });
  return writeAuthenticatedVariable(update, signedData);
}
