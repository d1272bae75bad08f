import assert from 'node:assert/strict';
import { sha256 } from '../../../model/digest.ts';
import type { ErrorCode } from '../../../model/error-codes.ts';
import { MAX_METADATA_BYTES } from '../limits.ts';
import { FAR_AWAY, type SimulatedRepository } from './simulated-repository.fixture.ts';
import { simulatedSigner } from './simulated-signer.fixture.ts';

/** An attack of the specification, and what refuses it. */
export interface Attack {
  readonly name: string;
  /** What the attacker does after the device has refreshed once. `old` are all files as they were then. */
  readonly attack: (repository: SimulatedRepository, old: ReadonlyMap<string, Buffer>) => void;
  readonly refused: ErrorCode;
  /** The day of the second refresh. */
  readonly day?: number;
}

export const ALL = ['root', 'stable', 'targets', 'snapshot', 'timestamp'] as const;
export const CONTENT = ['stable', 'targets', 'snapshot', 'timestamp'] as const;
export const RELEASE = 'releases/web/1.0/manifest.json';

export function release(
  length: number,
  version = '1.0',
): { length: number; hashes: { sha256: string }; custom: object } {
  const rootHash = sha256('root');
  return {
    length,
    hashes: { sha256: sha256('manifest') },
    custom: { ashlar: { name: 'web', version, rootHash, created: 0 } },
  };
}

/** Somebody who owns the server, with no key: signs `roles` with keys of their own. */
export function forge(repository: SimulatedRepository, ...roles: readonly string[]): void {
  for (const role of roles) repository.signers.set(role, [simulatedSigner()]);
  repository.publish(...CONTENT);
}

/** Who stole keys of a role has its present signers; whoever did not must forge. */
export const ATTACKS: readonly Attack[] = [
  // Arbitrary software: whatever is not signed by who may sign it.
  ...(['timestamp', 'snapshot', 'targets', 'stable'] as const).map(
    (role): Attack => ({
      name: `arbitrary software: ${role} by a wrong key`,
      attack: (repository) => forge(repository, role),
      refused: 'metadata-unsigned',
    }),
  ),
  {
    name: 'arbitrary software: root by wrong keys',
    attack(repository) {
      repository.root.roles['root'] = { keyids: [], threshold: 1 };
      repository.signers.delete('root');
      repository.addKey('root');
      repository.publish('root');
    },
    refused: 'metadata-unsigned',
  },
  {
    name: 'arbitrary software: content changed under its signature',
    attack(repository) {
      repository.publish('timestamp');
      repository.tamper('timestamp', ({ signed }) => {
        signed.expires = '2041-01-01T00:00:00Z';
      });
    },
    refused: 'metadata-unsigned',
  },
  {
    name: 'arbitrary software: the key of one role signs for another',
    attack(repository) {
      repository.signers.set('targets', repository.signers.get('timestamp')!);
      repository.publish(...CONTENT);
    },
    refused: 'metadata-unsigned',
  },
  {
    name: 'arbitrary software: a key under the id of another',
    attack(repository) {
      const stranger = simulatedSigner();
      const { id } = repository.signers.get('timestamp')![0]!;
      repository.signers.set('timestamp', [{ ...stranger, id }]);
      repository.publish('timestamp');
    },
    refused: 'metadata-unsigned',
  },
  {
    name: 'arbitrary software: a key list with a wrong id, by who stole targets',
    attack(repository) {
      const { keys } = repository.targets.delegations!;
      const [id] = Object.keys(keys);
      keys[id!] = simulatedSigner().key;
      repository.publish(...CONTENT);
    },
    refused: 'metadata-invalid',
  },
  {
    name: 'arbitrary software: a signature of nothing',
    attack: (repository) => {
      repository.publish('timestamp');
      repository.tamper('timestamp', (file) => {
        file.signatures.length = 0;
      });
    },
    refused: 'metadata-unsigned',
  },
  {
    name: 'a threshold that is not met',
    attack(repository) {
      repository.addKey('timestamp');
      repository.root.roles['timestamp']!.threshold = 2;
      repository.publish('root');
      repository.signers.get('timestamp')!.pop();
      repository.publish('timestamp');
    },
    refused: 'metadata-unsigned',
  },
  {
    name: 'a threshold that one key meets under two ids',
    attack(repository) {
      const [signer] = repository.signers.get('timestamp')!;
      const twin = { ...simulatedSigner('ed25519'), key: { ...signer!.key, again: true } };
      const id = sha256(Buffer.from(canonical(twin.key)));
      repository.addKey('timestamp', { ...signer!, key: twin.key, id });
      repository.root.roles['timestamp']!.threshold = 2;
      repository.publish('root', 'timestamp');
    },
    refused: 'metadata-unsigned',
  },
  {
    name: 'a threshold of duplicate signatures',
    attack(repository) {
      repository.addKey('timestamp');
      repository.root.roles['timestamp']!.threshold = 2;
      repository.signers.get('timestamp')!.pop();
      repository.publish('root', 'timestamp');
      repository.tamper('timestamp', ({ signatures }) => signatures.push(signatures[0]!));
    },
    refused: 'metadata-invalid',
  },
  {
    name: 'a root that asks for no signatures',
    attack(repository) {
      repository.root.roles['timestamp']!.threshold = 0;
      repository.publish('root');
    },
    refused: 'metadata-invalid',
  },
  // Endless data.
  ...(['root', 'timestamp', 'snapshot', 'targets', 'stable'] as const).map(
    (role): Attack => ({
      name: `endless data: ${role}`,
      attack(repository) {
        repository.publish(...ALL);
        const limit = MAX_METADATA_BYTES[role === 'stable' ? 'targets' : role];
        repository.files.set(
          repository.path(role, role === 'timestamp' ? 0 : repository.body(role).version),
          Buffer.alloc(limit + 1, ' '),
        );
      },
      refused: 'repository-file-too-long',
    }),
  ),
  {
    name: 'endless data: longer than the file above says',
    attack(repository) {
      repository.withHashes = true;
      repository.publish(...CONTENT);
      const { version } = repository.snapshot;
      repository.files.set(
        `metadata/${version}.snapshot.json`,
        Buffer.concat([repository.served('snapshot'), Buffer.alloc(1, ' ')]),
      );
    },
    refused: 'repository-file-too-long',
  },
  {
    name: 'endless data: nested without end',
    attack: ({ files }) => files.set('metadata/timestamp.json', Buffer.alloc(16_000, '[')),
    refused: 'metadata-invalid',
  },
  {
    name: 'endless data: a signed part nested deeply',
    attack({ files }) {
      const deep = '[{"a":'.repeat(2000) + '1' + '}]'.repeat(2000);
      files.set('metadata/timestamp.json', Buffer.from(`{"signatures":[],"signed":{"_type":"timestamp","x":${deep}}}`));
    },
    refused: 'metadata-invalid',
  },
  {
    name: 'endless data: delegations without end, by who stole the channel’s key',
    attack(repository) {
      for (let number = 0; number < 40; number += 1) {
        repository.delegate('stable', { name: `endless${number}`, paths: ['releases/*/*/manifest.json'] });
        repository.publish(`endless${number}`);
      }
      repository.publish(...CONTENT);
    },
    refused: 'metadata-invalid',
  },
  // Rollback.
  {
    name: 'rollback: everything as it was before',
    attack(repository, old) {
      for (const [path, bytes] of old) repository.files.set(path, bytes);
      repository.timestamp.version = 0;
      repository.publish('timestamp');
    },
    refused: 'metadata-rollback',
  },
  {
    name: 'rollback: an old snapshot under a new timestamp, by who stole the timestamp key',
    attack(repository) {
      repository.timestamp.meta['snapshot.json'] = { version: 1 };
      repository.publish('timestamp');
    },
    refused: 'metadata-rollback',
  },
  ...(['targets', 'stable'] as const).map(
    (role): Attack => ({
      name: `rollback: an old ${role} under a new snapshot, by who stole the online keys`,
      attack(repository) {
        repository.snapshot.meta[`${role}.json`] = { version: 1 };
        repository.publish('snapshot', 'timestamp');
      },
      refused: 'metadata-rollback',
    }),
  ),
  {
    name: 'rollback: a channel is gone from the snapshot',
    attack(repository) {
      delete repository.snapshot.meta['stable.json'];
      repository.publish('snapshot', 'timestamp');
    },
    refused: 'metadata-rollback',
  },
  {
    name: 'rollback: a root under the next number that is an old one',
    attack: ({ files }) => files.set('metadata/3.root.json', files.get('metadata/2.root.json')!),
    refused: 'metadata-rollback',
  },
  {
    name: 'a gap in the chain of roots',
    attack(repository) {
      repository.publish('root', 'root');
      repository.files.set('metadata/3.root.json', repository.served('root', 4));
    },
    refused: 'metadata-rollback',
  },
  // Freeze.
  {
    name: 'freeze: the same timestamp for ever',
    attack: () => {},
    day: 8,
    refused: 'metadata-expired',
  },
  {
    name: 'freeze: a timestamp that has expired',
    attack(repository) {
      repository.timestamp.expires = '2029-12-31T23:59:59Z';
      repository.publish('timestamp');
    },
    refused: 'metadata-expired',
  },
  {
    name: 'freeze: a timestamp that expires now',
    attack(repository) {
      repository.timestamp.expires = '2030-01-01T00:00:00Z';
      repository.publish('timestamp');
    },
    refused: 'metadata-expired',
  },
  ...(['root', 'snapshot', 'targets', 'stable'] as const).map(
    (role): Attack => ({
      name: `freeze: ${role} that has expired`,
      attack(repository) {
        repository.timestamp.expires = FAR_AWAY;
        repository.body(role).expires = '2029-12-31T23:59:59Z';
        repository.publish(...ALL);
      },
      refused: 'metadata-expired',
    }),
  ),
  {
    name: 'freeze: the timestamp is gone',
    attack: ({ files }) => files.delete('metadata/timestamp.json'),
    refused: 'repository-incomplete',
  },
  // Mix and match.
  ...(['snapshot', 'targets', 'stable'] as const).map(
    (role): Attack => ({
      name: `mix and match: ${role} of another time under the right name`,
      attack(repository) {
        repository.withHashes = true;
        repository.publish(...CONTENT);
        const named = repository.body(role).version;
        const bytes = repository.served(role);
        // Signed by the right keys, of another moment.
        const other = { ...repository.body(role), expires: '2041-01-01T00:00:00Z' };
        const otherBytes = repository.sign(role, other);
        assert.equal(otherBytes.length, bytes.length);
        repository.files.set(`metadata/${named}.${role}.json`, otherBytes);
      },
      refused: 'metadata-mismatch',
    }),
  ),
  {
    name: 'mix and match: of another length than the file above says, which names no hash',
    attack(repository) {
      repository.publish('stable', 'targets');
      repository.snapshot.meta['stable.json']!.length = repository.served('stable').length + 1;
      repository.publish('snapshot', 'timestamp');
    },
    refused: 'metadata-mismatch',
  },
  {
    name: 'mix and match: only hashes that nobody can compute',
    attack(repository) {
      repository.publish('stable', 'targets');
      repository.snapshot.meta['stable.json']!.hashes = { 'whirlpool-2': '00' };
      repository.publish('snapshot', 'timestamp');
    },
    refused: 'metadata-mismatch',
  },
  // Fast forward: the damage is that nothing can follow any more; what recovers is a rotation (see below).
  {
    name: 'fast forward: a version beyond what can be counted',
    attack(repository) {
      repository.publish('timestamp');
      const text = repository.served('timestamp').toString();
      const version = `"version":${repository.timestamp.version}`;
      repository.files.set('metadata/timestamp.json', Buffer.from(text.replace(version, '"version":9007199254740993')));
    },
    refused: 'metadata-invalid',
  },
  // Key revocation.
  {
    name: 'revocation: a stolen timestamp key after it was revoked',
    attack(repository) {
      const stolen = repository.signers.get('timestamp')!;
      repository.rotateKeys('timestamp');
      repository.publish('root');
      repository.signers.set('timestamp', stolen);
      repository.publish('timestamp');
    },
    refused: 'metadata-unsigned',
  },
  {
    name: 'revocation: a stolen channel key after it was revoked',
    attack(repository) {
      const stolen = repository.signers.get('stable')!;
      repository.rotateKeys('stable');
      repository.publish('targets');
      repository.signers.set('stable', stolen);
      repository.publish('stable', 'snapshot', 'timestamp');
    },
    refused: 'metadata-unsigned',
  },
  {
    name: 'revocation: a stolen root key after it was revoked',
    attack(repository) {
      const stolen = repository.signers.get('root')!;
      repository.root.roles['root'] = { keyids: [], threshold: 1 };
      const fresh = repository.addKey('root');
      repository.publish('root');
      repository.signers.set('root', stolen);
      repository.publish('root');
      assert.notEqual(fresh.id, stolen[0]!.id);
    },
    refused: 'metadata-unsigned',
  },
  // Extraneous: things that are signed and do not belong there.
  {
    name: 'extraneous: a channel names a release that its custom field says is another',
    attack(repository) {
      repository.delegated.get('stable')!.targets['releases/web/9.9/manifest.json'] = release(10);
      repository.publish(...CONTENT);
    },
    refused: 'metadata-invalid',
  },
  {
    name: 'extraneous: a manifest longer than any',
    attack(repository) {
      repository.delegated.get('stable')!.targets[RELEASE] = release(1 << 30);
      repository.publish(...CONTENT);
    },
    refused: 'metadata-invalid',
  },
];

/** Keys sorted, no white space: enough for a key without escapes. */
export function canonical(key: object): string {
  return JSON.stringify(key, (_, value: unknown) =>
    value !== null && typeof value === 'object' ? Object.fromEntries(Object.entries(value).sort()) : value,
  );
}
