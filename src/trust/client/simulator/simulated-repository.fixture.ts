import { sha256 } from '../../../model/digest.ts';
import { AshlarError } from '../../../model/error.ts';
import type { PublicKey } from '../../keys/public-key.ts';
import { canonicalJson, type JsonValue } from '../../metadata/canonical-json.ts';
import type { MetadataSource } from '../trust-session.ts';
import { type SimulatedSigner, simulatedSigner } from './simulated-signer.fixture.ts';

/** When everything expires that nobody made expire earlier. */
export const FAR_AWAY = '2040-01-01T00:00:00Z';
/** The simulation's day 0. */
export const START = new Date('2030-01-01T00:00:00Z');

interface Heading {
  _type: string;
  spec_version: string;
  version: number;
  expires: string;
}
interface RoleKeys {
  keyids: string[];
  threshold: number;
}
interface MetaFile {
  version: number;
  length?: number;
  hashes?: Record<string, string>;
}
export interface SimulatedDelegation extends RoleKeys {
  name: string;
  terminating: boolean;
  paths?: string[];
  path_hash_prefixes?: string[];
}
type RootBody = Heading & {
  consistent_snapshot: boolean;
  keys: Record<string, PublicKey>;
  roles: Record<string, RoleKeys>;
};
export type TargetsBody = Heading & {
  targets: Record<string, { length: number; hashes: Record<string, string>; custom?: object }>;
  delegations?: { keys: Record<string, PublicKey>; roles: SimulatedDelegation[] };
};
type MetaBody = Heading & { meta: Record<string, MetaFile> };

/**
 * A repository that says whatever a test wants, correctly signed or not: what an attacker with any set of keys, or a careless publisher, could serve. It knows nothing of the code that
 * verifies it but the canonical form.
 */
export class SimulatedRepository implements MetadataSource {
  readonly root: RootBody;
  readonly timestamp: MetaBody = { ...heading('timestamp'), meta: { 'snapshot.json': { version: 0 } } };
  readonly snapshot: MetaBody = { ...heading('snapshot'), meta: {} };
  readonly targets: TargetsBody = { ...heading('targets'), targets: {} };
  readonly delegated = new Map<string, TargetsBody>();
  /** Who signs each role. */
  readonly signers = new Map<string, SimulatedSigner[]>();
  /** By path, what is served. */
  readonly files = new Map<string, Buffer>();
  /** What was asked for, in order, without the folder. */
  readonly requests: string[] = [];
  /** Whether files are named with length and hash, or with their version alone. */
  withHashes = false;

  /** One key for each role, and a channel `stable` that may have all releases; version 1 of everything is published. */
  constructor() {
    this.root = { ...heading('root'), consistent_snapshot: true, keys: {}, roles: {} };
    for (const role of ['root', 'targets', 'snapshot', 'timestamp']) {
      this.root.roles[role] = { keyids: [], threshold: 1 };
      this.addKey(role);
    }
    this.delegate('targets', { name: 'stable', paths: ['releases/*/*/manifest.json'] });
    this.publish('root', 'stable', 'targets', 'snapshot', 'timestamp');
  }

  read(path: string, options: { readonly maxBytes: number }): Promise<Buffer | undefined> {
    this.requests.push(path.replace('metadata/', ''));
    const bytes = this.files.get(path);
    if (bytes === undefined || bytes.length <= options.maxBytes) return Promise.resolve(bytes);
    // As every real source does.
    return Promise.reject(
      new AshlarError('repository-file-too-long', `${path} has more than ${options.maxBytes} bytes.`, { hint: '' }),
    );
  }

  describe(): string {
    return 'the simulated repository';
  }

  /** Gives `role` another key that signs, and lists it where the role's keys are listed. */
  addKey(role: string, signer = simulatedSigner()): SimulatedSigner {
    this.listKey(role, signer);
    this.signers.set(role, [...(this.signers.get(role) ?? []), signer]);
    return signer;
  }

  /** Lists a key, though nobody signs with it. */
  listKey(role: string, { id, key }: SimulatedSigner): void {
    for (const { keys, role: listed } of this.listings(role)) {
      keys[id] = key;
      listed.keyids.push(id);
    }
  }

  /** Takes all keys of a role away and gives it a new one. */
  rotateKeys(role: string): void {
    for (const { role: listed } of this.listings(role)) listed.keyids.length = 0;
    this.signers.delete(role);
    this.addKey(role);
  }

  /** Delegates from one targets role to another, which gets a key. */
  delegate(from: string, delegation: Partial<SimulatedDelegation> & { readonly name: string }): void {
    const delegator = this.targetsRole(from);
    delegator.delegations ??= { keys: {}, roles: [] };
    const { name, path_hash_prefixes } = delegation;
    const paths = path_hash_prefixes === undefined ? { paths: ['*'] } : {};
    delegator.delegations.roles.push({ keyids: [], threshold: 1, terminating: false, ...paths, ...delegation });
    if (!this.delegated.has(name)) this.delegated.set(name, { ...heading('targets'), targets: {} });
    const signer = simulatedSigner();
    delegator.delegations.keys[signer.id] = signer.key;
    delegator.delegations.roles.at(-1)!.keyids.push(signer.id);
    this.signers.set(name, [...(this.signers.get(name) ?? []), signer]);
  }

  /** Publishes the next version of each role, in this order; snapshot and timestamp then name what was published last. */
  publish(...roles: readonly string[]): void {
    for (const role of roles) {
      this.body(role).version += 1;
      this.publishAgain(role);
    }
  }

  /** The same, under the version that the role has. */
  publishAgain(role: string): void {
    const body = this.body(role);
    this.put(role, this.sign(role, body));
  }

  /** A metadata file with the signatures of the role's signers. */
  sign(role: string, body: object): Buffer {
    const bytes = canonicalJson(JSON.parse(JSON.stringify(body)) as JsonValue);
    const signatures = (this.signers.get(role) ?? []).map(({ id, signNow }) => ({
      keyid: id,
      sig: signNow(bytes).toString('hex'),
    }));
    return Buffer.from(JSON.stringify({ signatures, signed: body }));
  }

  /** Serves `bytes` as the present version of `role`, and has the role above name it. */
  put(role: string, bytes: Buffer): void {
    const { version } = this.body(role);
    this.files.set(this.path(role, version), bytes);
    const described = this.withHashes ? { length: bytes.length, hashes: { sha256: sha256(bytes) } } : {};
    if (role === 'snapshot') this.timestamp.meta['snapshot.json'] = { version, ...described };
    else if (role !== 'root' && role !== 'timestamp') this.snapshot.meta[`${role}.json`] = { version, ...described };
  }

  /** What is served as `role`, the newest or the given version. */
  served(role: string, version = this.body(role).version): Buffer {
    return this.files.get(this.path(role, version))!;
  }

  /** Replaces the newest served file of `role` by what `edit` makes of it; nothing is signed anew, nothing above changes. */
  tamper(role: string, edit: (file: { signatures: { keyid: string; sig: string }[]; signed: Heading }) => void): void {
    const file = JSON.parse(this.served(role).toString());
    edit(file);
    this.files.set(this.path(role, this.body(role).version), Buffer.from(JSON.stringify(file)));
  }

  path(role: string, version: number): string {
    return role === 'timestamp' ? 'metadata/timestamp.json' : `metadata/${version}.${role}.json`;
  }

  targetsRole(name: string): TargetsBody {
    return name === 'targets' ? this.targets : this.delegated.get(name)!;
  }

  body(role: string): Heading {
    if (role === 'root') return this.root;
    if (role === 'timestamp') return this.timestamp;
    if (role === 'snapshot') return this.snapshot;
    return this.targetsRole(role);
  }

  /** Where a role's keys are listed: in root, or by each of its delegators. */
  private listings(role: string): { keys: Record<string, PublicKey>; role: RoleKeys }[] {
    const top = this.root.roles[role];
    if (top !== undefined) return [{ keys: this.root.keys, role: top }];
    return [this.targets, ...this.delegated.values()].flatMap(({ delegations }) =>
      (delegations?.roles ?? [])
        .filter(({ name }) => name === role)
        .map((listed) => ({ keys: delegations!.keys, role: listed })),
    );
  }
}

function heading(type: string): Heading {
  return { _type: type, spec_version: '1.0.31', version: 0, expires: FAR_AWAY };
}
