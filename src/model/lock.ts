import * as z from 'zod';
import { isSha256, type Sha256, sha256 } from './digest.ts';
import { AshlarError } from './error.ts';

/** Larger than any lock can honestly be (some 200 bytes a package): what is longer is not parsed. */
export const MAX_LOCK_BYTES = 16 << 20;
const MAX_PACKAGES = 20_000;
/** The largest packages of Debian have 2 GB; `ar` cannot say more than ten digits. */
const MAX_PACKAGE_BYTES = 9_999_999_999;
const MAX_NAMES = 10_000;
/** Ids are 32 bits; the last one means "no id". */
const MAX_ID = 0xffff_fffe;

const digest = z.custom<Sha256>(
  (value) => typeof value === 'string' && isSha256(value),
  'must be a SHA-256: 64 lower-case hexadecimal digits',
);
const packageName = z
  .string()
  .max(255)
  .regex(/^[a-z0-9][a-z0-9+.-]+$/, 'must be the name of a package');
const suiteName = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9.-]*$/, 'must be the name of a suite');
const packageNames = z.array(packageName).max(MAX_NAMES);
/** A name that may stand in passwd(5). */
const accountName = z
  .string()
  .max(32)
  .regex(/^[A-Za-z_][A-Za-z0-9_.-]*\$?$/, 'must be the name of a user or group');
const ids = z.record(accountName, z.int().min(0).max(MAX_ID));

/** Joined to a mirror's address and to directories: plain names below `pool/`, none of them able to leave it. */
const poolPath = z
  .string()
  .max(1024)
  .regex(/^pool(\/[A-Za-z0-9][A-Za-z0-9+.~_-]*)+\.deb$/, 'must be a path of a .deb below pool/');

const lockedPackage = z.strictObject({
  name: packageName,
  version: z
    .string()
    .max(255)
    .regex(/^[0-9A-Za-z][0-9A-Za-z.+~:-]*$/, 'must be a version'),
  architecture: z
    .string()
    .max(32)
    .regex(/^[a-z0-9][a-z0-9-]*$/)
    .describe('Debian architecture, or `all`'),
  group: z
    .enum(['root', 'boot'])
    .describe('`root` is installed; of `boot` the build takes loader, stub and initrd shell'),
  archive: z.enum(['main', 'security']).describe('Which of the distribution’s archives `path` belongs to'),
  path: poolPath.describe('Where the archive keeps it'),
  size: z.int().min(1).max(MAX_PACKAGE_BYTES).describe('Bytes'),
  sha256: digest,
});

/**
 * `ashlar.lock`: the exact packages that a definition resolved to, wherever they are fetched from: it names no mirror. The format
 * is `docs/development/formats/lock.md`.
 */
export const lockSchema = z.strictObject({
  format: z.literal('ashlar-lock/1'),
  request: z
    .strictObject({
      distribution: z.enum(['debian']),
      architecture: z.enum(['amd64', 'arm64']),
      suites: z
        .array(z.strictObject({ suite: suiteName, components: z.array(z.string().max(64)).min(1) }))
        .min(1)
        .max(32),
      install: packageNames.describe('What the system needs, the kernel, and what the definition names'),
      boot: packageNames.describe('What the build takes files from for booting'),
      exclude: packageNames,
    })
    .describe('What was resolved: a definition that asks for something else needs a new lock'),
  indexes: z
    .array(
      z.strictObject({
        suite: suiteName,
        date: z.iso.datetime().describe('When the distribution signed it'),
        sha256: digest.describe('Of the signed InRelease file'),
      }),
    )
    .min(1)
    .max(32)
    .describe('The signed indexes that versions and hashes come from'),
  packages: z.array(lockedPackage).min(1).max(MAX_PACKAGES),
  ids: z
    .strictObject({ users: ids, groups: ids })
    .describe('User and group ids that were handed out once and are kept, so that owners in /var hold over releases'),
});

export type Lock = z.output<typeof lockSchema>;
export type LockRequest = Lock['request'];
export type LockedPackage = Lock['packages'][number];
export type PinnedIds = Lock['ids'];

/** No id is pinned yet. */
export const NO_IDS: PinnedIds = { users: {}, groups: {} };

/** Parses the bytes of an `ashlar.lock` that lies at `path`; a lock is data from outside. Throws `lock-invalid`. */
export function parseLock(bytes: Uint8Array, path: string): Lock {
  const refuse = (reason: string, cause?: unknown): AshlarError =>
    new AshlarError('lock-invalid', `${path} is not a lock that Ashlar can read: ${reason}.`, {
      hint: 'Take it from version control again, or remove it and run `ashlar lock` to make a new one.',
      place: { file: path },
      cause,
    });
  if (bytes.byteLength > MAX_LOCK_BYTES) throw refuse(`it has ${bytes.byteLength} bytes, more than ${MAX_LOCK_BYTES}`);
  let data: unknown;
  try {
    data = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw refuse('it is not JSON', error);
  }
  const parsed = lockSchema.safeParse(data);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(`${issue?.path.map(String).join('.') || 'it'}: ${issue?.message ?? 'does not fit'}`, parsed.error);
  }
  const seen = new Set<string>();
  for (const { name, architecture, group } of parsed.data.packages) {
    const key = `${group} ${name}:${architecture}`;
    if (seen.has(key)) throw refuse(`it names the package ${name} twice`);
    seen.add(key);
  }
  return parsed.data;
}

/**
 * The lock as the text of its file: JSON in a fixed order, a line a package, so that a change of versions reads well in a diff.
 * The same lock always gives the same bytes.
 */
export function lockText(lock: Lock): string {
  const { request } = lock;
  const lines = (items: readonly unknown[]): string =>
    items.length === 0 ? '[]' : `[\n${items.map((item) => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]`;
  const indented = (value: unknown): string => JSON.stringify(value, null, 2).replaceAll('\n', '\n  ');
  const sortedIds = (pinned: Readonly<Record<string, number>>): Record<string, number> =>
    Object.fromEntries(Object.entries(pinned).sort(([a], [b]) => order(a, b)));
  return `{
  "format": ${JSON.stringify(lock.format)},
  "request": ${indented({
    distribution: request.distribution,
    architecture: request.architecture,
    suites: request.suites.map(({ suite, components }) => ({ suite, components })),
    install: [...request.install].sort(order),
    boot: [...request.boot].sort(order),
    exclude: [...request.exclude].sort(order),
  })},
  "indexes": ${lines(lock.indexes.map(({ suite, date, sha256 }) => ({ suite, date, sha256 })))},
  "packages": ${lines(
    sortedPackages(lock.packages).map(({ name, version, architecture, group, archive, path, size, sha256 }) => ({
      name,
      version,
      architecture,
      group,
      archive,
      path,
      size,
      sha256,
    })),
  )},
  "ids": ${indented({ users: sortedIds(lock.ids.users), groups: sortedIds(lock.ids.groups) })}
}
`;
}

/** Packages in the order of the file: by name, group and architecture. */
export function sortedPackages(packages: readonly LockedPackage[]): LockedPackage[] {
  return [...packages].sort(
    (a, b) => order(a.name, b.name) || order(a.group, b.group) || order(a.architecture, b.architecture),
  );
}

/** What the lock is as an input of a build: the same for two locks that say the same. */
export function lockDigest(lock: Lock): Sha256 {
  return sha256(lockText(lock));
}

/** The date of the newest index in seconds since 1970: no file of the image is younger. */
export function lockEpoch(lock: Pick<Lock, 'indexes'>): bigint {
  return BigInt(Math.max(...lock.indexes.map(({ date }) => Math.floor(Date.parse(date) / 1000))));
}

/** By code unit, the same on every machine, whatever its locale. */
function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
