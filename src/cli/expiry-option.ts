import * as z from 'zod';
import { type ExpiryDays, expiryDaysSchema } from '../trust/metadata/expiry.ts';

/** The option of verbs that say for how long roles are signed. */
export const EXPIRY_OPTION = [
  '--expiry <role=days...>',
  'for how many days a role is signed: root, targets, snapshot, timestamp or channel (all of them), as timestamp=14',
] as const;

/** What was given with {@link EXPIRY_OPTION}, by role. */
export const expiryOption = z
  .array(z.string().regex(/^[a-z]+=\d{1,4}$/, 'must be like timestamp=14'))
  .default([])
  .transform((given, context): Partial<ExpiryDays> => {
    const days = Object.fromEntries(given.map((each) => each.split('='))) as Record<string, string>;
    const counted = Object.fromEntries(Object.entries(days).map(([role, count]) => [role, Number(count)]));
    const parsed = expiryDaysSchema.partial().strict().safeParse(counted);
    if (parsed.success) return withoutAbsent(parsed.data);
    context.addIssue({ code: 'custom', message: 'names a role and 1 to 3650 days, as timestamp=14' });
    return z.NEVER;
  });

function withoutAbsent(days: { readonly [Role in keyof ExpiryDays]?: number | undefined }): Partial<ExpiryDays> {
  return Object.fromEntries(Object.entries(days).filter(([, count]) => count !== undefined));
}
