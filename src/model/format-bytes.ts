const BYTES_PER_UNIT = 1000;
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** A size for a person, in decimal units: `189 MB`, `1.2 GB`, `512 B`. */
export function formatBytes(bytes: number): string {
  let value = Math.abs(bytes);
  let unit = 0;
  while (value >= BYTES_PER_UNIT - 0.5 && unit < UNITS.length - 1) {
    value /= BYTES_PER_UNIT;
    unit++;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${bytes < 0 ? '-' : ''}${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** A size for a message in which digits count: `105 MB (104857600 bytes)`, `512 bytes`. */
export function exactBytes(bytes: number): string {
  return bytes < BYTES_PER_UNIT ? `${bytes} bytes` : `${formatBytes(bytes)} (${bytes} bytes)`;
}
