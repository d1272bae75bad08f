import { derItems, expectTag, readOneDer } from '../der/read-der.ts';
import { DER_TAG } from '../der/tags.ts';

/** What of an X.509 certificate a signature names, as it is encoded in it. */
export interface CertificateNames {
  /** The part that the issuer signed (`TBSCertificate`): revocation lists name certificates by its hash. */
  readonly signedPart: Buffer;
  /** `Name` of who issued it, with tag and length. */
  readonly issuer: Buffer;
  /** `CertificateSerialNumber`, with tag and length. */
  readonly serial: Buffer;
}

/** Reads who issued `certificate` (DER) under which number (RFC 5280 §4.1). Throws `signature-invalid`. */
export function certificateNames(certificate: Uint8Array): CertificateNames {
  const [signedPart] = derItems(readOneDer(certificate, DER_TAG.sequence));
  const fields = derItems(expectTag(signedPart, DER_TAG.sequence));
  // A version other than 1 stands before the serial number, as [0].
  const [serial, , issuer] = fields[0]?.tag === DER_TAG.contextConstructed ? fields.slice(1) : fields;
  return {
    signedPart: expectTag(signedPart, DER_TAG.sequence).encoded,
    serial: expectTag(serial, DER_TAG.integer).encoded,
    issuer: expectTag(issuer, DER_TAG.sequence).encoded,
  };
}
