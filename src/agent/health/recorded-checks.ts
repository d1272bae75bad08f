import * as z from 'zod';
import type { HealthCheck } from '../../model/definition/definition.ts';
import { AshlarError } from '../../model/error.ts';

/** Timers of Node reach no further. */
const MAX_MILLISECONDS = 2 ** 31 - 1;
const milliseconds = z.number().min(1).max(MAX_MILLISECONDS);
const timing = {
  interval: milliseconds,
  timeout: milliseconds,
  successes: z.int().min(1).max(1000),
};
const text = z.string().max(4096);
const contains = text.optional();

const recorded = z.record(
  z.string().max(64),
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('unit'), unit: text, ...timing }),
    z.strictObject({
      kind: z.literal('http'),
      url: z.url({ protocol: /^https?$/ }),
      status: z.int(),
      contains,
      ...timing,
    }),
    z.strictObject({ kind: z.literal('tcp'), host: text, port: z.int().min(1).max(65_535), ...timing }),
    z.strictObject({ kind: z.literal('command'), command: z.array(text).min(1).max(256), ...timing }),
    z.strictObject({ kind: z.literal('file'), path: text, contains, ...timing }),
  ]),
);

/** Health checks by name, as a manifest records them; times are in milliseconds. */
export type HealthChecks = Readonly<Record<string, HealthCheck>>;

/**
 * The health checks of a manifest. What this agent does not know (a kind that came later) is refused before the release is installed: a
 * release whose health cannot be judged would never be proven. Throws `manifest-invalid`.
 */
export function recordedChecks(data: unknown): HealthChecks {
  const parsed = recorded.safeParse(data);
  if (parsed.success) return parsed.data satisfies HealthChecks;
  const [issue] = parsed.error.issues;
  throw new AshlarError(
    'manifest-invalid',
    `This system's agent cannot judge the health check ${issue?.path.map(String).join('.')}: ${issue?.message}.`,
    { hint: 'Publish a release in between whose agent knows it, as a barrier.', cause: parsed.error },
  );
}
