import * as z from 'zod';
import type { Manifest } from '../../model/manifest.ts';
import type { Sabotage } from './harness.ts';

/** What of a health check, as the manifest records it, tells how to make it fail. */
const checkSchema = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('unit'), unit: z.string() }),
  z.looseObject({ kind: z.literal('http') }),
  z.looseObject({ kind: z.literal('tcp') }),
  z.looseObject({ kind: z.literal('command'), command: z.tuple([z.string()], z.string()) }),
  z.looseObject({ kind: z.literal('file'), path: z.string() }),
]);

/** A sabotage, and the check that it is to fail. */
export interface PlannedSabotage {
  readonly check: string;
  readonly sabotage: Sabotage;
}

/**
 * How one health check of `manifest` can be made to fail without changing the release: a unit that is not started, a connection or a file that the agent is
 * denied. Undefined when there is no check.
 */
export function planSabotage({
  healthChecks,
  version,
}: Pick<Manifest, 'healthChecks' | 'version'>): PlannedSabotage | undefined {
  for (const [check, recorded] of Object.entries(healthChecks)) {
    const parsed = checkSchema.safeParse(recorded);
    if (parsed.success) return { check, sabotage: { version, dropIns: dropInsAgainst(parsed.data) } };
  }
  return undefined;
}

const AGENT = 'ashlar-agent.service';
/** There is no such file: a condition on it never holds. */
const NOWHERE = '/run/ashlar-preflight/no-such-file';

function dropInsAgainst(check: z.output<typeof checkSchema>): Sabotage['dropIns'] {
  switch (check.kind) {
    case 'unit':
      return { [check.unit]: `[Unit]\nConditionPathExists=${NOWHERE}\n` };
    case 'http':
    case 'tcp':
      return { [AGENT]: '[Service]\nIPAddressAllow=\nIPAddressDeny=any\n' };
    case 'command':
      return { [AGENT]: `[Service]\nInaccessiblePaths=${check.command[0]}\n` };
    case 'file':
      return { [AGENT]: `[Service]\nInaccessiblePaths=${check.path}\n` };
  }
}
