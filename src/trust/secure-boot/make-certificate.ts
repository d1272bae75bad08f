import { createHash, type KeyObject, sign } from 'node:crypto';
import {
  derBitString,
  derBoolean,
  derContext,
  derInteger,
  derNull,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derSet,
  derTime,
  derUtf8String,
} from '../../formats/der/write-der.ts';
import { OID } from '../../formats/pkcs7/object-identifiers.ts';

export interface CertificateRequest {
  readonly commonName: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly notBefore: Date;
  /** 16 random bytes. */
  readonly serial: Buffer;
}

/**
 * Firmware does not look at the time (its clock may be wrong for years), but programs that show certificates do. A machine lives
 * shorter than this.
 */
const VALID_YEARS = 30;
const VERSION_3 = 2;
/** `digitalSignature`, the first bit. */
const DIGITAL_SIGNATURE = derBitString(Buffer.from([0x80]), 7);
const RSA_SHA256 = derSequence(derObjectIdentifier(OID.sha256WithRsa), derNull());

/** An X.509 certificate (RFC 5280) for an RSA key, signed by itself: Secure Boot trusts it because it is enrolled, not because of who issued it. */
export function makeCertificate({ commonName, publicKey, privateKey, notBefore, serial }: CertificateRequest): Buffer {
  const notAfter = new Date(notBefore);
  notAfter.setUTCFullYear(notBefore.getUTCFullYear() + VALID_YEARS);
  const name = derSequence(derSet(derSequence(derObjectIdentifier(OID.commonName), derUtf8String(commonName))));
  const publicKeyInfo = publicKey.export({ type: 'spki', format: 'der' });
  const keyIdentifier = createHash('sha256').update(publicKeyInfo).digest().subarray(0, 20);
  const signedPart = derSequence(
    derContext(0, derInteger(VERSION_3)),
    derInteger(serial),
    RSA_SHA256,
    name,
    derSequence(derTime(notBefore), derTime(notAfter)),
    name,
    publicKeyInfo,
    derContext(
      3,
      derSequence(
        extension(OID.basicConstraints, true, derSequence()),
        extension(OID.keyUsage, true, DIGITAL_SIGNATURE),
        extension(OID.subjectKeyIdentifier, false, derOctetString(keyIdentifier)),
      ),
    ),
  );
  return derSequence(signedPart, RSA_SHA256, derBitString(sign('sha256', signedPart, privateKey)));
}

function extension(name: string, critical: boolean, value: Buffer): Buffer {
  return derSequence(derObjectIdentifier(name), ...(critical ? [derBoolean(true)] : []), derOctetString(value));
}
