import * as z from 'zod';
import { preflightRequirementSchema } from '../../model/preflight-requirement.ts';
import { policyOf } from '../client/refresh-trust.ts';
import { type KeyFile, keyLabel } from '../keys/key-file.ts';
import { daysLeft, expiryClass, expiryDays } from './expiry.ts';
import type { RoleType } from './metadata-schema.ts';
import type { Metadata } from './parse-metadata.ts';
import { authorityOf, type RepositoryMetadata, roleFiles } from './repository-metadata.ts';
import { countSignatures } from './verify-metadata.ts';

/** A role is told of when less than this part of its time is left: a quarter of a year for root, two days for the timestamp. */
const SOON_FRACTION = 0.25;

const roleReportSchema = z.object({
  role: z.string().describe('A role of TUF, or a channel'),
  version: z.int(),
  expires: z.string().describe('As the metadata says it, in UTC'),
  daysLeft: z.int().describe('Whole days; negative when it has expired'),
  state: z
    .enum(['good', 'soon', 'expired', 'unsigned'])
    .describe(
      '`soon`: to be signed again before long; `unsigned`: a rotation was cut off, `ashlar trust refresh` finishes it',
    ),
  threshold: z.int().describe('How many keys must sign'),
  keys: z.array(
    z.object({
      id: z.string(),
      label: z.string().optional().describe('What its file is called, when the key is at hand'),
    }),
  ),
  canSign: z.boolean().describe('Enough of its keys are at hand'),
});

/** The state of a repository's trust. */
export const trustReportSchema = z.object({
  repository: z.string(),
  roles: z.array(roleReportSchema),
  channels: z.array(
    z.object({
      channel: z.string(),
      preflight: preflightRequirementSchema,
      releases: z.int().describe('How many releases it has'),
    }),
  ),
  floors: z.record(z.string(), z.string()).describe('By system: the version below which nothing is installed'),
  unusedKeys: z.array(z.string()).describe('Key files that no role names, or none any more'),
});
export type TrustReport = z.output<typeof trustReportSchema>;
export type RoleReport = z.output<typeof roleReportSchema>;

export interface ReportInput {
  readonly repository: string;
  readonly metadata: RepositoryMetadata;
  readonly keys: readonly KeyFile[];
  readonly now: Date;
  /** Tell of what expires within so many days; by the role when absent. */
  readonly within?: number | undefined;
}

/** Who can sign what, and until when what is signed is good. Pure. */
export function trustReport(input: ReportInput): TrustReport {
  const { repository, metadata, keys } = input;
  const { targets, channels } = metadata;
  const policy = policyOf(targets.signed);
  const roles = [...roleFiles(metadata)].map(([role, file]) => roleReport(role, file, input));
  const used = new Set(roles.flatMap((role) => role.keys.map(({ id }) => id)));
  return {
    repository,
    roles,
    channels: [...channels].map(([channel, { signed }]) => ({
      channel,
      preflight: policy.channels[channel]?.preflight ?? 'not-required',
      releases: Object.keys(signed.targets).length,
    })),
    floors: policy.floors,
    unusedKeys: keys.filter(({ id }) => !used.has(id)).map(({ path }) => path),
  };
}

function roleReport(role: string, file: Metadata<RoleType>, { metadata, keys, now, within }: ReportInput): RoleReport {
  const authority = authorityOf({ root: metadata.root.signed, targets: metadata.targets.signed }, role);
  const { keyids, threshold } = authority.role;
  const labels = new Map(keys.map((key) => [key.id, keyLabel(key)]));
  const { version, expires } = file.signed;
  const days = expiryDays(metadata.root.signed)[expiryClass(role)];
  const left = daysLeft(expires, now);
  const isUnsigned = countSignatures(file, authority) < threshold;
  const isExpired = Date.parse(expires) <= now.getTime();
  const isSoon = left < (within ?? days * SOON_FRACTION);
  return {
    role,
    version,
    expires,
    daysLeft: left,
    state: isUnsigned ? 'unsigned' : isExpired ? 'expired' : isSoon ? 'soon' : 'good',
    threshold,
    keys: keyids.map((id) => ({ id, ...(labels.has(id) ? { label: labels.get(id) } : {}) })),
    canSign: keyids.filter((id) => keys.some((key) => key.id === id && key.canSign)).length >= threshold,
  };
}
