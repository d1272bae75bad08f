import * as z from 'zod';
import { type RootRole, TOP_LEVEL_ROLES } from './metadata-schema.ts';

const DAY_MS = 86_400_000;
/** A role that expires in less than this part of its time is due to be signed again: time enough to notice that nobody did. */
const DUE_FRACTION = 0.5;

const days = z.int().min(1).max(3650);
/** For how many days a signature of each role is good; all channels alike. It stands in root, so all who sign agree on it. */
export const expiryDaysSchema = z.object({
  root: days,
  targets: days,
  snapshot: days,
  timestamp: days,
  channel: days,
});
export type ExpiryDays = z.output<typeof expiryDaysSchema>;

/**
 * Keys that lie in a safe are brought out once a year; a channel is signed with every release; the timestamp says that nobody withholds anything, and a
 * week of silence is what a publisher without a timer can keep up with.
 */
export const DEFAULT_EXPIRY_DAYS: ExpiryDays = { root: 365, targets: 365, snapshot: 30, timestamp: 7, channel: 180 };

/** The days that `root` says, or the default where it says none (another tool may have written it). */
export function expiryDays(root: RootRole): ExpiryDays {
  const field = z.object({ expiryDays: expiryDaysSchema }).safeParse(root['ashlar']);
  return field.success ? field.data.expiryDays : DEFAULT_EXPIRY_DAYS;
}

/** Which of the expiry times applies to the role `name`. */
export function expiryClass(name: string): keyof ExpiryDays {
  return (TOP_LEVEL_ROLES as readonly string[]).includes(name) ? (name as keyof ExpiryDays) : 'channel';
}

/** The time `days` after `now`, as metadata writes it (TUF 4.2.3). */
export function expiresAfter(now: Date, days: number): string {
  return `${new Date(now.getTime() + days * DAY_MS).toISOString().slice(0, 19)}Z`;
}

/** Days until `expires`, fractions cut off; negative when it has passed. */
export function daysLeft(expires: string, now: Date): number {
  return Math.floor((Date.parse(expires) - now.getTime()) / DAY_MS);
}

/** True when what is signed for `days` is to be signed again. */
export function isDue(expires: string, days: number, now: Date): boolean {
  return Date.parse(expires) - now.getTime() < days * DUE_FRACTION * DAY_MS;
}
