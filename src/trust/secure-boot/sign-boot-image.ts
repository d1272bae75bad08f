import { createHash } from 'node:crypto';
import { readDer } from '../../formats/der/read-der.ts';
import { derContext, derObjectIdentifier, derSequence } from '../../formats/der/write-der.ts';
import { imageDigest } from '../../formats/pe/image-digest.ts';
import { attachSignature } from '../../formats/pe/image-signatures.ts';
import { indirectData } from '../../formats/pe/indirect-data.ts';
import { OID } from '../../formats/pkcs7/object-identifiers.ts';
import { signedAttributes, wrapSignedData, writeSignedData } from '../../formats/pkcs7/write-signed-data.ts';
import type { SecureBootSigner } from './secure-boot-signer.ts';

/**
 * A boot image with a signature that firmware takes (Authenticode; UEFI 2.10 §32.5). The same image and key give the same bytes.
 * Throws `boot-image-invalid` when it is signed already.
 */
export async function signBootImage(image: Buffer, signer: SecureBootSigner): Promise<Buffer> {
  const content = indirectData(imageDigest(image));
  // Of the content, its own tag and length are not hashed (RFC 2315 §9.3).
  const digest = createHash('sha256').update(readDer(content).content).digest();
  const attributes = signedAttributes(OID.spcIndirectData, digest);
  const signedData = writeSignedData({
    contentInfo: derSequence(derObjectIdentifier(OID.spcIndirectData), derContext(0, content)),
    certificate: signer.certificate,
    attributes,
    signature: await signer.sign(attributes),
  });
  return attachSignature(image, wrapSignedData(signedData));
}
