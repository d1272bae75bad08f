import { type DerValue, derItems, expectTag, readDer } from '../der/read-der.ts';
import { DER_TAG } from '../der/tags.ts';
import { derObjectIdentifier } from '../der/write-der.ts';
import { certificateNames } from './certificate.ts';
import { OID } from './object-identifiers.ts';

/** A signature in the form that firmware takes: one signer, RSA, SHA-256. */
export interface SignedData {
  readonly contentType: DerValue;
  /** The content with its tag and length; undefined when it lies elsewhere. */
  readonly content: DerValue | undefined;
  /** Every certificate that came along, DER. None is trusted because it is here. */
  readonly certificates: readonly Buffer[];
  /** Among them the one that the signer claims; undefined when it is not there. */
  readonly signerCertificate: Buffer | undefined;
  /** The authenticated attributes as a SET, which is what was signed; undefined when the content itself was. */
  readonly attributes: Buffer | undefined;
  /** The digest that the attributes name. */
  readonly messageDigest: Buffer | undefined;
  readonly signature: Buffer;
}

const MAX_CERTIFICATES = 16;
const SHA256_OID = derObjectIdentifier(OID.sha256);
const SIGNED_DATA_OID = derObjectIdentifier(OID.signedData);
const MESSAGE_DIGEST_OID = derObjectIdentifier(OID.messageDigest);

/**
 * Reads a PKCS #7 signature (RFC 2315 §9), wrapped in `ContentInfo` or not; padding may follow it. Undefined when it is well formed, but
 * has another number of signers than one or another hash than SHA-256. Throws `signature-invalid`.
 */
export function readSignedData(bytes: Uint8Array): SignedData | undefined {
  const [version, algorithms, contentInfo, ...rest] = derItems(unwrap(expectTag(readDer(bytes), DER_TAG.sequence)));
  expectTag(version, DER_TAG.integer);
  expectTag(algorithms, DER_TAG.set);
  const [contentType, explicit] = derItems(expectTag(contentInfo, DER_TAG.sequence));
  const certificates = rest.find(({ tag }) => tag === DER_TAG.contextConstructed);
  const signers = derItems(expectTag(rest.at(-1), DER_TAG.set));
  const [signer] = signers;
  if (signer === undefined || signers.length !== 1) return undefined;
  const found = certificates === undefined ? [] : derItems(certificates).slice(0, MAX_CERTIFICATES);
  return readSigner(signer, {
    contentType: expectTag(contentType, DER_TAG.objectIdentifier),
    content: explicit === undefined ? undefined : derItems(explicit)[0],
    certificates: found.filter(({ tag }) => tag === DER_TAG.sequence).map(({ encoded }) => encoded),
  });
}

function readSigner(
  signer: DerValue,
  signed: Pick<SignedData, 'contentType' | 'content' | 'certificates'>,
): SignedData | undefined {
  const [, issuerAndSerial, algorithm, ...rest] = derItems(expectTag(signer, DER_TAG.sequence));
  const [digestName] = derItems(expectTag(algorithm, DER_TAG.sequence));
  if (digestName === undefined || !digestName.encoded.equals(SHA256_OID)) return undefined;
  const [first, ...others] = rest;
  const attributes = first?.tag === DER_TAG.contextConstructed ? first : undefined;
  const [, signature] = attributes === undefined ? rest : others;
  const claimed = expectTag(issuerAndSerial, DER_TAG.sequence).content;
  return {
    ...signed,
    signerCertificate: signed.certificates.find((certificate) => {
      const { issuer, serial } = certificateNames(certificate);
      return claimed.equals(Buffer.concat([issuer, serial]));
    }),
    attributes: attributes === undefined ? undefined : asSet(attributes.encoded),
    messageDigest: attributes === undefined ? undefined : findDigest(attributes),
    signature: expectTag(signature, DER_TAG.octetString).content,
  };
}

/** `SignedData` itself begins with a number, its wrapping with a name. */
function unwrap(value: DerValue): DerValue {
  const [first, explicit] = derItems(value);
  if (first === undefined || !first.encoded.equals(SIGNED_DATA_OID)) return value;
  const [signedData] = derItems(expectTag(explicit, DER_TAG.contextConstructed));
  return expectTag(signedData, DER_TAG.sequence);
}

function findDigest(attributes: DerValue): Buffer | undefined {
  for (const attribute of derItems(attributes)) {
    const [name, values] = derItems(expectTag(attribute, DER_TAG.sequence));
    if (name === undefined || !name.encoded.equals(MESSAGE_DIGEST_OID)) continue;
    const [digest] = derItems(expectTag(values, DER_TAG.set));
    return expectTag(digest, DER_TAG.octetString).content;
  }
  return undefined;
}

function asSet(encoded: Buffer): Buffer {
  const set = Buffer.from(encoded);
  set[0] = DER_TAG.set;
  return set;
}
