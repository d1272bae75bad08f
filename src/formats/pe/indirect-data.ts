import type { Sha256 } from '../../model/digest.ts';
import { type DerValue, derItems, expectTag } from '../der/read-der.ts';
import { DER_TAG } from '../der/tags.ts';
import {
  derBitString,
  derContext,
  derNull,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derValue,
} from '../der/write-der.ts';
import { OID } from '../pkcs7/object-identifiers.ts';

const OBSOLETE = Buffer.from('<<<Obsolete>>>', 'utf16le').swap16();

/** `SpcPeImageData`: no flags, and the text that the specification wants in place of a file name. */
const PE_IMAGE_DATA = derSequence(
  derBitString(Buffer.alloc(0)),
  derContext(0, derContext(2, derValue(DER_TAG.context, OBSOLETE))),
);

/**
 * `SpcIndirectDataContent` (Microsoft, “Windows Authenticode Portable Executable Signature Format”): says which image a signature is
 * over, by its digest.
 */
export function indirectData(digest: Sha256): Buffer {
  return derSequence(
    derSequence(derObjectIdentifier(OID.spcPeImageData), PE_IMAGE_DATA),
    derSequence(derSequence(derObjectIdentifier(OID.sha256), derNull()), derOctetString(Buffer.from(digest, 'hex'))),
  );
}

/** The digest of the image that a signature's content names, with the hash's name checked; undefined for another hash. Throws `signature-invalid`. */
export function indirectDigest(content: DerValue): Sha256 | undefined {
  const [, digestInfo] = derItems(expectTag(content, DER_TAG.sequence));
  const [algorithm, digest] = derItems(expectTag(digestInfo, DER_TAG.sequence));
  const [name] = derItems(expectTag(algorithm, DER_TAG.sequence));
  if (name === undefined || !name.encoded.equals(derObjectIdentifier(OID.sha256))) return undefined;
  return expectTag(digest, DER_TAG.octetString).content.toString('hex') as Sha256;
}
