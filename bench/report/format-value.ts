import type { Unit } from '../topic.ts';

const KILOBYTE = 1e3;
const MEGABYTE = 1e6;

/** A measured value as a person reads it: three digits that mean something, with its unit. */
export function formatValue(value: number, unit: Unit): string {
  switch (unit) {
    case 'seconds':
      return `${value.toFixed(value < 10 ? 2 : 1)} s`;
    case 'bytes':
      if (value < MEGABYTE) return `${(value / KILOBYTE).toFixed(0)} kB`;
      return `${(value / MEGABYTE).toFixed(value < 100 * MEGABYTE ? 1 : 0)} MB`;
  }
}
