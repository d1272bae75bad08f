import * as z from 'zod';
import { publicKeySchema } from '../keys/public-key.ts';

/** The version of the specification that is written; what is read may be of any 1.x, which are compatible by its own rules. */
export const SPEC_VERSION = '1.0.34';

/** The roles that root names (TUF 4.3). */
export const TOP_LEVEL_ROLES = ['root', 'targets', 'snapshot', 'timestamp'] as const;
export type TopLevelRole = (typeof TOP_LEVEL_ROLES)[number];

/** A role's keys and how many of them must sign, unknown fields kept: what is written again is what was read. */
const roleKeysSchema = z.looseObject({
  keyids: z
    .array(z.string().max(128))
    .max(64)
    .refine((ids) => new Set(ids).size === ids.length, 'names a key twice'),
  threshold: z.int().min(1).max(64),
});

/** `YYYY-MM-DDTHH:MM:SSZ` (TUF 4.2.3), a date that there is. */
const expires = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'must be a time like 2030-01-01T00:00:00Z')
  .refine((text) => {
    const time = new Date(text);
    return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text.slice(0, -1));
  }, 'must be a time that there is');

const versionNumber = z.int().min(1);
const byteLength = z.int().min(0);
const hashes = z.record(z.string().max(32), z.string().max(256));
const keys = z.record(z.string().max(128), publicKeySchema);

const signedBase = {
  spec_version: z.string().regex(/^1\.\d{1,3}(\.\d{1,3})?$/, 'must be a version 1 of the specification'),
  version: versionNumber,
  expires,
};

/** What is said of a metadata file (TUF 4.4 METAFILES). */
const metaFileSchema = z.looseObject({
  version: versionNumber,
  length: byteLength.optional(),
  hashes: hashes.optional(),
});

/** `root.json` (TUF 4.3). The field `ashlar` is ours: for how many days each role is signed. */
export const rootSchema = z.looseObject({
  ...signedBase,
  _type: z.literal('root'),
  consistent_snapshot: z.literal(true, 'must be true: only repositories with consistent snapshots are supported'),
  keys,
  roles: z.looseObject({
    root: roleKeysSchema,
    targets: roleKeysSchema,
    snapshot: roleKeysSchema,
    timestamp: roleKeysSchema,
  }),
});

/** `timestamp.json` (TUF 4.6). */
export const timestampSchema = z.looseObject({
  ...signedBase,
  _type: z.literal('timestamp'),
  meta: z.object({ 'snapshot.json': metaFileSchema }),
});

/** `snapshot.json` (TUF 4.4). */
export const snapshotSchema = z.looseObject({
  ...signedBase,
  _type: z.literal('snapshot'),
  meta: z.record(z.string().max(256).endsWith('.json'), metaFileSchema),
});

/** Role names become file names, here and in the repository: no separators, no dots in front. */
export const ROLE_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

const delegationSchema = z
  .looseObject({
    ...roleKeysSchema.shape,
    name: z
      .string()
      .regex(ROLE_NAME, 'must be a plain name')
      .refine(
        (name) => !(TOP_LEVEL_ROLES as readonly string[]).includes(name),
        'must not be the name of a role of TUF',
      ),
    terminating: z.boolean(),
    paths: z.array(z.string().max(256)).max(4096).optional(),
    path_hash_prefixes: z
      .array(z.string().regex(/^[0-9a-f]{1,64}$/))
      .max(65536)
      .optional(),
  })
  .refine(
    ({ paths, path_hash_prefixes }) => (paths === undefined) !== (path_hash_prefixes === undefined),
    'must have either paths or path_hash_prefixes',
  );

const targetSchema = z.looseObject({
  length: byteLength,
  hashes,
  custom: z.looseObject({}).optional(),
});

/** `targets.json` and the metadata of delegated roles (TUF 4.5). */
export const targetsSchema = z.looseObject({
  ...signedBase,
  _type: z.literal('targets'),
  targets: z.record(z.string().max(1024), targetSchema),
  delegations: z
    .looseObject({
      keys,
      roles: z
        .array(delegationSchema)
        .max(256)
        .refine((roles) => new Set(roles.map(({ name }) => name)).size === roles.length, 'has a role twice'),
    })
    .optional(),
});

export type RoleKeys = z.output<typeof roleKeysSchema>;
export type MetaFile = z.output<typeof metaFileSchema>;
export type Delegation = z.output<typeof delegationSchema>;
export type Target = z.output<typeof targetSchema>;
export type RootRole = z.output<typeof rootSchema>;
export type TimestampRole = z.output<typeof timestampSchema>;
export type SnapshotRole = z.output<typeof snapshotSchema>;
export type TargetsRole = z.output<typeof targetsSchema>;

/** What each type of metadata says, by the `_type` that says which it is. */
export interface RoleTypes {
  readonly root: RootRole;
  readonly timestamp: TimestampRole;
  readonly snapshot: SnapshotRole;
  readonly targets: TargetsRole;
}
export type RoleType = keyof RoleTypes;
