const REVERSED_POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? REVERSED_POLYNOMIAL : 0);
  return remainder;
});

/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4) continued from `state`, without the final inversion: what the kernel's `crc32c()`
 * returns and EROFS stores. Begin with `0xffffffff`; invert the result for the CRC that other tools print.
 */
export function crc32c(state: number, bytes: Uint8Array): number {
  let remainder = state >>> 0;
  for (const byte of bytes) remainder = (remainder >>> 8) ^ TABLE[(remainder ^ byte) & 0xff]!;
  return remainder >>> 0;
}
