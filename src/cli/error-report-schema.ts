import { z } from 'zod';
import { findingSchema } from './finding-schema.ts';

const place = z.strictObject({
  file: z.string(),
  line: z.int().optional().describe('From 1'),
  column: z.int().optional().describe('From 1'),
  excerpt: z.string().optional().describe('The text of the line'),
  width: z.int().optional().describe('How many columns are meant'),
});

/** What every verb prints with `--json` when it fails (exit codes 1 and 2), in place of its result or after its events. */
export const errorReportSchema = z.strictObject({
  error: z.strictObject({
    code: z.string().describe('Stable; docs/usage/errors.md has a section for each'),
    message: z.string().describe('What went wrong, and where'),
    hint: z.string().describe('What to do'),
    place: place.optional(),
    findings: z
      .array(findingSchema.extend({ place: place.optional() }))
      .optional()
      .describe('Of a definition that is not valid: everything that is wrong'),
  }),
});
