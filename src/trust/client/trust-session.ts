import { AshlarError } from '../../model/error.ts';
import { METADATA_FOLDER } from '../../model/repository.ts';
import type { RepositoryReader } from '../../store/transport/repository-reader.ts';
import type { RoleType } from '../metadata/metadata-schema.ts';
import { type Metadata, parseMetadata } from '../metadata/parse-metadata.ts';
import { type Authority, verifyMetadata } from '../metadata/verify-metadata.ts';
import type { TrustStore } from './trust-store.ts';

/** Where metadata comes from: any repository that can be read. */
export type MetadataSource = Pick<RepositoryReader, 'read' | 'describe'>;

/** One refresh: what all its steps need. */
export interface TrustSession {
  readonly store: TrustStore;
  readonly source: MetadataSource;
  /** The fixed update start time (TUF 5.1). */
  readonly now: Date;
  /** Why expired metadata is let pass; undefined: it is not. */
  readonly allowExpired: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** What was let pass: filled by {@link checkExpiry}. */
  readonly expired: ExpiredRole[];
}

/** Metadata that was used although it had expired. */
export interface ExpiredRole {
  /** As in the repository: `timestamp.json`. */
  readonly file: string;
  readonly expires: Date;
}

/** The file `name` of the repository's metadata, or undefined. Throws what the source throws, and never gives more than `maxBytes`. */
export async function fetchMetadata(
  { source, signal }: TrustSession,
  name: string,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const options = signal === undefined ? { maxBytes } : { maxBytes, signal };
  const bytes = await source.read(`${METADATA_FOLDER}/${name}`, options);
  // A source that does not keep its promise must not cost more than parsing what came.
  if (bytes === undefined || bytes.length <= maxBytes) return bytes;
  throw new AshlarError(
    'repository-file-too-long',
    `${METADATA_FOLDER}/${name} of ${source.describe()} has more than ${maxBytes} bytes.`,
    { hint: 'Somebody may be tampering with the repository; tell who publishes it.' },
  );
}

/** {@link fetchMetadata}, for a file that the repository must have. Throws `repository-incomplete` when it has not. */
export async function fetchNeeded(session: TrustSession, name: string, maxBytes: number): Promise<Buffer> {
  const bytes = await fetchMetadata(session, name, maxBytes);
  if (bytes !== undefined) return bytes;
  throw new AshlarError(
    'repository-incomplete',
    `The repository ${session.source.describe()} has no ${METADATA_FOLDER}/${name}.`,
    { hint: 'Check the address. A copy of the repository may not have been transferred completely.' },
  );
}

/**
 * What the store has of `type`, when it is well formed and still signed by who may sign it now; otherwise as good as nothing: a file that a crash
 * damaged, or that was signed by keys since revoked, must not keep the device from new metadata.
 */
export function storedMetadata<Type extends RoleType>(
  { store }: TrustSession,
  file: string,
  type: Type,
  authority: Authority,
): Metadata<Type> | undefined {
  const bytes = store.read(file);
  if (bytes === undefined) return undefined;
  try {
    const metadata = parseMetadata(bytes, type, file);
    verifyMetadata(metadata, authority, file);
    return metadata;
  } catch (error) {
    if (error instanceof AshlarError) return undefined;
    throw error;
  }
}

/**
 * The check against a freeze attack: throws `metadata-expired` when `metadata` expires at the session's time or before (TUF: “MUST be higher than the
 * fixed update start time”), unless the session lets it pass; then it is recorded.
 */
export function checkExpiry(session: TrustSession, metadata: Metadata<RoleType>, file: string): void {
  const expires = new Date(metadata.signed.expires);
  if (expires > session.now) return;
  if (session.allowExpired !== undefined) {
    session.expired.push({ file, expires });
    return;
  }
  throw new AshlarError(
    'metadata-expired',
    `The repository’s ${file} has expired at ${metadata.signed.expires}; it is ${session.now.toISOString().slice(0, 19)}Z.`,
    {
      hint: 'Check this machine’s clock; if it is right, who publishes the repository has to run `ashlar trust refresh`.',
    },
  );
}
