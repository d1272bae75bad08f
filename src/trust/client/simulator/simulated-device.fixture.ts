import { AshlarError } from '../../../model/error.ts';
import { findTarget } from '../find-target.ts';
import { type RefreshOptions, refreshTrust, roleLoader, startSession, type TrustedChannel } from '../refresh-trust.ts';
import { memoryTrustStore } from '../trust-store.ts';
import { rootAuthority, updateRoot } from '../update-root.ts';
import { updateSnapshot } from '../update-snapshot.ts';
import { updateTargets } from '../update-targets.ts';
import { updateTimestamp } from '../update-timestamp.ts';
import { type SimulatedRepository, START } from './simulated-repository.fixture.ts';

const DAY_MS = 86_400_000;

/** The day `days` after the start of the simulation. */
export function day(days: number): Date {
  return new Date(START.getTime() + days * DAY_MS);
}

/** A device: what it has stored, and what it does. It runs the code that a real one runs. */
export class SimulatedDevice {
  readonly store = memoryTrustStore();
  readonly repository: SimulatedRepository;
  builtInRoot: Buffer;

  /** The image has version 1 of the repository's root. */
  constructor(repository: SimulatedRepository) {
    this.repository = repository;
    this.builtInRoot = repository.served('root', 1);
  }

  refresh(options: Partial<RefreshOptions> = {}): Promise<TrustedChannel> {
    const { store, builtInRoot, repository: source } = this;
    return refreshTrust({ store, source, builtInRoot, channel: 'stable', now: START, ...options });
  }

  /** `ok`, or the code of the error. */
  async outcome(options: Partial<RefreshOptions> = {}): Promise<string> {
    try {
      await this.refresh(options);
      return 'ok';
    } catch (error) {
      if (error instanceof AshlarError) return error.code;
      throw error;
    }
  }

  /** Whether a search from the top-level targets finds `path`. */
  async finds(path: string): Promise<boolean> {
    const { store, builtInRoot, repository: source } = this;
    const session = startSession({ store, source, now: START });
    const { signed: root } = await updateRoot(session, builtInRoot);
    const { signed: timestamp } = await updateTimestamp(session, root);
    const { signed: snapshot } = await updateSnapshot(session, root, timestamp);
    const authority = rootAuthority(root, 'targets');
    await updateTargets(session, 'targets', authority, snapshot);
    const { load } = roleLoader(session, snapshot);
    return (await findTarget(load, { name: 'targets', authority }, path)) !== undefined;
  }

  /** The version of `role` that the device has stored; undefined for none. */
  version(role: string): number | undefined {
    const bytes = this.store.read(`${role}.json`);
    return bytes === undefined ? undefined : JSON.parse(bytes.toString()).signed.version;
  }
}
