import { createHash, verify, X509Certificate } from 'node:crypto';
import type { SignatureEntry } from '../../formats/efi/signature-list.ts';
import { imageDigest } from '../../formats/pe/image-digest.ts';
import { imageSignatures } from '../../formats/pe/image-signatures.ts';
import { indirectDigest } from '../../formats/pe/indirect-data.ts';
import { certificateNames } from '../../formats/pkcs7/certificate.ts';
import { readSignedData, type SignedData } from '../../formats/pkcs7/read-signed-data.ts';
import { type Sha256, sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';

/** The databases of a firmware that enforces Secure Boot. */
export interface SecureBootDatabases {
  /** What may start. */
  readonly allowed: readonly SignatureEntry[];
  /** What may not, whatever else allows it. */
  readonly forbidden: readonly SignatureEntry[];
}

export type BootImageVerdict =
  /** `by` is the subject of the certificate, or the digest that is listed. */
  { readonly kind: 'accepted'; readonly by: string } | { readonly kind: 'refused'; readonly reason: string };

/** One signature: `revoked` forbids the image even when another signature of it is good. */
type SignatureVerdict = BootImageVerdict | { readonly kind: 'revoked'; readonly reason: string };

/** From the signer’s certificate to one that is enrolled: a vendor’s certificate, its authority, that one’s authority. */
const MAX_CHAIN = 4;
/** More is not used, and costs whoever checks it. */
const MAX_RSA_BITS = 8192;

/**
 * Whether firmware with these databases will start the image (UEFI 2.10 §32.5.3.3): asked before a boot entry is armed, because firmware
 * that refuses one may wait for a person. An image or a signature that does not follow its format is refused.
 */
export function judgeBootImage(image: Buffer, { allowed, forbidden }: SecureBootDatabases): BootImageVerdict {
  try {
    const digest = imageDigest(image);
    if (listsImage(forbidden, digest)) return refused('it is on the list of revoked images (dbx)');
    if (listsImage(allowed, digest)) return { kind: 'accepted', by: digest };
    const signatures = imageSignatures(image);
    if (signatures.length === 0) return refused('it is not signed');
    const verdicts = signatures.map((signature) => judgeSignature(signature, digest, allowed, forbidden));
    const revoked = verdicts.find((verdict) => verdict.kind === 'revoked');
    if (revoked !== undefined) return refused(revoked.reason);
    const reasons = verdicts.map((verdict) => (verdict.kind === 'accepted' ? '' : verdict.reason));
    return verdicts.find((verdict) => verdict.kind === 'accepted') ?? refused(reasons.join('; '));
  } catch (error) {
    if (error instanceof AshlarError) return refused(error.message.replace(/\.$/, ''));
    throw error;
  }
}

function judgeSignature(
  bytes: Buffer,
  digest: Sha256,
  allowed: readonly SignatureEntry[],
  forbidden: readonly SignatureEntry[],
): SignatureVerdict {
  const signed = readSignedData(bytes);
  if (signed?.content === undefined) return refused('its signature is of a kind that is not supported');
  if (indirectDigest(signed.content) !== digest) return refused('it was altered after it was signed');
  const certificate = parse(signed.signerCertificate);
  if (certificate === undefined) return refused('its signature comes without the certificate of who signed');
  if (!signatureHolds(signed, signed.content.content, certificate)) return refused('its signature does not hold');
  const chain = chainOf(certificate, [...signed.certificates, ...certificatesOf(allowed)]);
  const revoked = chain.find((link) => listsCertificate(forbidden, link.raw));
  if (revoked !== undefined) {
    return { kind: 'revoked', reason: `the certificate “${subjectOf(revoked)}” is revoked (dbx)` };
  }
  const trusted = chain.find((link) => listsCertificate(allowed, link.raw));
  return trusted === undefined
    ? refused(`it is signed by “${subjectOf(certificate)}”, which is not enrolled (db)`)
    : { kind: 'accepted', by: subjectOf(trusted) };
}

/** The signature over the attributes, and the attributes over the content; or over the content itself (RFC 2315 §9.3–9.4). */
function signatureHolds(signed: SignedData, content: Buffer, { publicKey }: X509Certificate): boolean {
  const { attributes, messageDigest, signature } = signed;
  if (attributes === undefined) return verify('sha256', content, publicKey, signature);
  const expected = createHash('sha256').update(content).digest();
  return messageDigest?.equals(expected) === true && verify('sha256', attributes, publicKey, signature);
}

/** `leaf` and those that issued it, one by another, as far as `known` has them. */
function chainOf(leaf: X509Certificate, known: readonly Buffer[]): X509Certificate[] {
  const chain = [leaf];
  for (let last = leaf; chain.length < MAX_CHAIN; ) {
    const issuer = known
      .map(parse)
      .find((found) => found !== undefined && last.checkIssued(found) && last.verify(found.publicKey));
    if (issuer === undefined || chain.some(({ raw }) => raw.equals(issuer.raw))) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

/** Undefined for what is no certificate of an RSA key that firmware could use: it skips such an entry as well. */
function parse(der: Buffer | undefined): X509Certificate | undefined {
  try {
    if (der === undefined) return undefined;
    const certificate = new X509Certificate(der);
    const bits = certificate.publicKey.asymmetricKeyDetails?.modulusLength;
    const usable = certificate.publicKey.asymmetricKeyType === 'rsa' && bits !== undefined && bits <= MAX_RSA_BITS;
    return usable ? certificate : undefined;
  } catch {
    return undefined;
  }
}

function listsImage(list: readonly SignatureEntry[], digest: Sha256): boolean {
  const bytes = Buffer.from(digest, 'hex');
  return list.some((entry) => entry.kind === 'image' && entry.digest.equals(bytes));
}

function listsCertificate(list: readonly SignatureEntry[], certificate: Buffer): boolean {
  const digest = Buffer.from(sha256(certificateNames(certificate).signedPart), 'hex');
  return list.some((entry) => {
    if (entry.kind === 'certificate') return entry.certificate.equals(certificate);
    return entry.kind === 'certificate-digest' && entry.digest.equals(digest);
  });
}

function certificatesOf(list: readonly SignatureEntry[]): Buffer[] {
  return list.flatMap((entry) => (entry.kind === 'certificate' ? [entry.certificate] : []));
}

function subjectOf({ subject }: X509Certificate): string {
  return subject.replace(/^CN=/, '').replaceAll('\n', ', ');
}

function refused(reason: string): { readonly kind: 'refused'; readonly reason: string } {
  return { kind: 'refused', reason };
}
