import { SECTION, SECTION_HEADER_BYTES } from './on-disk.ts';
import { parsePeHeaders } from './parse-pe.ts';

const SBAT_HEADER = 'sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md';
const UKI_ENTRY = 'uki,1,UKI,uki,1,https://uapi-group.org/specifications/specs/unified_kernel_image/';

/**
 * The revocation entries of a UKI (shim, SBAT.md): those of the stub, those of the kernel if it has any, and the one for UKIs, so
 * that a flaw in either component can be revoked.
 */
export function mergeSbat(stubSbat: Buffer, kernelSbat: Buffer): Buffer {
  const lines = [SBAT_HEADER, ...entriesOf(stubSbat), ...entriesOf(kernelSbat), UKI_ENTRY];
  return Buffer.from(`${lines.join('\n')}\n\0`);
}

function entriesOf(sbat: Buffer): string[] {
  const [first, ...entries] = sbat.toString('utf8').replace(/\0+$/, '').trimEnd().split('\n');
  return first?.startsWith('sbat,') ? entries : [];
}

/**
 * The section `.sbat` of a kernel, empty when it has none. Kernels lay their sections out by rules of their own, so only the one
 * that is wanted is looked at.
 */
export function findKernelSbat(linux: Buffer): Buffer {
  const { sectionTableOffset, sectionCount } = parsePeHeaders(linux);
  for (let index = 0; index < sectionCount; index++) {
    const at = sectionTableOffset + index * SECTION_HEADER_BYTES;
    if (linux.toString('latin1', at, at + SECTION.nameBytes) !== '.sbat\0\0\0') continue;
    const start = linux.readUInt32LE(at + SECTION.rawOffset);
    return linux.subarray(start, start + linux.readUInt32LE(at + SECTION.rawSize));
  }
  return Buffer.alloc(0);
}
