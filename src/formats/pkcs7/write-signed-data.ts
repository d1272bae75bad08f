import { DER_TAG } from '../der/tags.ts';
import {
  derContext,
  derInteger,
  derNull,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derSet,
} from '../der/write-der.ts';
import { certificateNames } from './certificate.ts';
import { OID } from './object-identifiers.ts';

/** A signature by one signer with RSA (PKCS #1 v1.5) and SHA-256, before it is encoded. */
export interface SignedDataParts {
  /** `ContentInfo` of what is signed, with or without the content itself. */
  readonly contentInfo: Buffer;
  /** The signer's certificate, DER. */
  readonly certificate: Buffer;
  /** What {@link signedAttributes} gave, when the signature is over attributes and not over the content. */
  readonly attributes?: Buffer;
  readonly signature: Buffer;
}

const SHA256_ALGORITHM = derSequence(derObjectIdentifier(OID.sha256), derNull());
const VERSION = derInteger(1);

/**
 * `SignedData` (RFC 2315 §9.1), without the `ContentInfo` that usually wraps it. The time of signing is not in it, so that the same
 * key signs the same content with the same bytes.
 */
export function writeSignedData({ contentInfo, certificate, attributes, signature }: SignedDataParts): Buffer {
  const { issuer, serial } = certificateNames(certificate);
  const signer = derSequence(
    VERSION,
    derSequence(issuer, serial),
    SHA256_ALGORITHM,
    ...(attributes === undefined ? [] : [asImplicit(attributes)]),
    derSequence(derObjectIdentifier(OID.rsaEncryption), derNull()),
    derOctetString(signature),
  );
  return derSequence(VERSION, derSet(SHA256_ALGORITHM), contentInfo, derContext(0, certificate), derSet(signer));
}

/** `ContentInfo` around `signedData` (RFC 2315 §7), as files have it. */
export function wrapSignedData(signedData: Buffer): Buffer {
  return derSequence(derObjectIdentifier(OID.signedData), derContext(0, signedData));
}

/**
 * The authenticated attributes (RFC 2315 §9.2): the type of the content and its SHA-256. Their encoding as a SET is what is signed;
 * inside of the signature it stands as `[0]`.
 */
export function signedAttributes(contentType: string, digest: Uint8Array): Buffer {
  return derSet(
    derSequence(derObjectIdentifier(OID.contentType), derSet(derObjectIdentifier(contentType))),
    derSequence(derObjectIdentifier(OID.messageDigest), derSet(derOctetString(digest))),
  );
}

function asImplicit(attributes: Buffer): Buffer {
  const implicit = Buffer.from(attributes);
  implicit[0] = DER_TAG.contextConstructed;
  return implicit;
}
