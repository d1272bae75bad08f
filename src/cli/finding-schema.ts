import { z } from 'zod';
import type { Finding } from '../model/finding.ts';

/** A finding in the `--json` of any verb. */
export const findingSchema = z.strictObject({
  severity: z.enum(['error', 'warning']),
  rule: z.string().describe('Stable name of what was checked'),
  message: z.string(),
  hint: z.string().describe('What to do'),
  path: z.string().optional().describe('The file or property that is meant'),
  place: z
    .object({ file: z.string(), line: z.int().optional(), column: z.int().optional() })
    .optional()
    .describe('Where a person wrote it'),
});

/** A finding as that schema has it. */
export function findingData({ severity, rule, message, hint, path, place }: Finding): z.infer<typeof findingSchema> {
  return {
    severity,
    rule,
    message,
    hint,
    ...(path === undefined ? {} : { path }),
    ...(place === undefined ? {} : { place: { file: place.file, line: place.line, column: place.column } }),
  };
}
