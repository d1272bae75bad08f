import type { ErrorCode } from '../../../model/error-codes.ts';
import type { SimulatedRepository } from './simulated-repository.fixture.ts';

/** What a device has stored of each top-level role. */
export type Trusted = Partial<Record<'root' | 'timestamp' | 'snapshot' | 'targets', number>>;

/** One step: the repository changes, then the device refreshes. */
export interface ConformanceStep {
  readonly change?: (repository: SimulatedRepository) => void;
  /** The day of the refresh; 0 when absent. */
  readonly day?: number;
  readonly expect: 'ok' | ErrorCode;
  /** The versions that the device has stored afterwards, of the roles that are named. */
  readonly trusted?: Trusted;
  /** Roles of which the device has nothing afterwards. */
  readonly absent?: readonly string[];
  /** The last file that was asked for. */
  readonly lastRequest?: string;
}

export interface ConformanceCase {
  /** The test of tuf-conformance that it is, with its parameter. */
  readonly name: string;
  /** Before the image is made. */
  readonly before?: (repository: SimulatedRepository) => void;
  readonly steps: readonly ConformanceStep[];
}

export const PAST = '2029-12-25T00:00:00Z';
export const DAY_7 = '2030-01-08T00:00:00Z';
export const DAY_21 = '2030-01-22T00:00:00Z';
export const ALL = ['root', 'stable', 'targets', 'snapshot', 'timestamp'] as const;
export const CONTENT = ['targets', 'snapshot', 'timestamp'] as const;

/** Takes away who signs `role`, and publishes everything. */
export const unsigned = (role: string) => (repository: SimulatedRepository) => {
  repository.signers.set(role, []);
  repository.publish(...ALL);
};

/** Publishes `role` as version 3 under the name of version 2. */
export const misnumbered = (role: 'root' | 'snapshot' | 'targets') => (repository: SimulatedRepository) => {
  for (const name of ALL) {
    repository.publish(name);
    if (name !== role) continue;
    const body = { ...repository.body(role), version: 3 };
    repository.put(role, repository.sign(role, body));
  }
};

/** A wrong hash for `role` in the role above it. */
export const wrongHash = (meta: Record<string, { hashes?: Record<string, string> }>, file: string): void => {
  meta[file]!.hashes = { sha256: '0'.repeat(64) };
};

/** Puts the version of a role back and publishes it once more. */
export const backTo = (repository: SimulatedRepository, role: string, version: number): void => {
  repository.body(role).version = version - 1;
  repository.publish(role);
};
