import { createHash } from 'node:crypto';
import type { Sha256 } from '../../model/digest.ts';
import { AshlarError } from '../../model/error.ts';
import { contentEnd } from './content-end.ts';
import { OPTIONAL } from './on-disk.ts';
import { type PeImage, parsePe } from './parse-pe.ts';

/** Where signatures lie in a file, and end with it. */
export interface CertificateTable {
  readonly offset: number;
  readonly size: number;
}

/** Signatures begin at multiples of this in the file (Microsoft PE Format, “The Attribute Certificate Table”). */
export const CERTIFICATE_ALIGNMENT = 8;

const CHECKSUM_BYTES = 4;
const DIRECTORY_BYTES = 8;
const CERTIFICATE_DIRECTORY = 4;

/**
 * The table of signatures that the headers of the image in `bytes` name; undefined when it has none. It must be the end of the file,
 * so that nothing follows it that no signature covers. Throws `boot-image-invalid`.
 */
export function certificateTable(bytes: Buffer, image: PeImage): CertificateTable | undefined {
  const at = directoryOffset(bytes, image);
  const offset = bytes.readUInt32LE(at);
  const size = bytes.readUInt32LE(at + 4);
  if (offset === 0 && size === 0) return undefined;
  const sane = offset >= contentEnd(image) && offset % CERTIFICATE_ALIGNMENT === 0 && offset + size === bytes.length;
  if (!sane) throw invalid('its signatures are not the end of the file');
  return { offset, size };
}

/**
 * What a signature of the image is over (Microsoft, “Windows Authenticode Portable Executable Signature Format”): everything but
 * the checksum, the entry of the signatures in the data directories, and the signatures themselves. An unsigned image counts as padded
 * with zeros to where its first signature would begin.
 *
 * Firmware hashes the headers and then each section, in the order in which they lie in the file; with room between them two readers may
 * come to two digests. Such an image is refused: throws `boot-image-invalid`.
 */
export function imageDigest(bytes: Buffer): Sha256 {
  const image = parsePe(bytes);
  const end = certificateTable(bytes, image)?.offset ?? bytes.length;
  checkContiguous(image);
  const checksum = image.optionalOffset + OPTIONAL.checksum;
  const directory = directoryOffset(bytes, image);
  const digest = createHash('sha256')
    .update(bytes.subarray(0, checksum))
    .update(bytes.subarray(checksum + CHECKSUM_BYTES, directory))
    .update(bytes.subarray(directory + DIRECTORY_BYTES, end))
    .update(Buffer.alloc(paddingAfter(end)));
  return digest.digest('hex') as Sha256;
}

/** Zeros between the end of an image of `bytes` bytes and its first signature. */
export function paddingAfter(bytes: number): number {
  return (CERTIFICATE_ALIGNMENT - (bytes % CERTIFICATE_ALIGNMENT)) % CERTIFICATE_ALIGNMENT;
}

/** Where the entry of the signatures stands among the data directories. Throws `boot-image-invalid` when there is none. */
export function directoryOffset(bytes: Buffer, image: PeImage): number {
  const count = bytes.readUInt32LE(image.optionalOffset + OPTIONAL.directoryCount);
  if (count <= CERTIFICATE_DIRECTORY) throw invalid('it has no entry for signatures among its data directories');
  return image.optionalOffset + OPTIONAL.certificateDirectory;
}

function checkContiguous(image: PeImage): void {
  let end = image.sizeOfHeaders;
  for (const { name, rawOffset, rawSize } of inFileOrder(image)) {
    if (rawOffset !== end) throw invalid(`its section “${name}” does not begin where the one before it ends`);
    end = rawOffset + rawSize;
  }
}

function inFileOrder({ sections }: PeImage) {
  return sections.filter(({ rawSize }) => rawSize > 0).sort((a, b) => a.rawOffset - b.rawOffset);
}

function invalid(why: string): AshlarError {
  return new AshlarError('boot-image-invalid', `This boot image cannot be signed or checked: ${why}.`, {
    hint: 'Expected is a UEFI executable as ld and ukify make them.',
  });
}
