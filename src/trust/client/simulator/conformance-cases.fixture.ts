import type { ErrorCode } from '../../../model/error-codes.ts';
import type { SimulatedRepository } from './simulated-repository.fixture.ts';
import { simulatedSigner } from './simulated-signer.fixture.ts';

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

const PAST = '2029-12-25T00:00:00Z';
const DAY_7 = '2030-01-08T00:00:00Z';
const DAY_21 = '2030-01-22T00:00:00Z';
const ALL = ['root', 'stable', 'targets', 'snapshot', 'timestamp'] as const;
const CONTENT = ['targets', 'snapshot', 'timestamp'] as const;

/** Takes away who signs `role`, and publishes everything. */
const unsigned = (role: string) => (repository: SimulatedRepository) => {
  repository.signers.set(role, []);
  repository.publish(...ALL);
};

/** Publishes `role` as version 3 under the name of version 2. */
const misnumbered = (role: 'root' | 'snapshot' | 'targets') => (repository: SimulatedRepository) => {
  for (const name of ALL) {
    repository.publish(name);
    if (name !== role) continue;
    const body = { ...repository.body(role), version: 3 };
    repository.put(role, repository.sign(role, body));
  }
};

/** A wrong hash for `role` in the role above it. */
const wrongHash = (meta: Record<string, { hashes?: Record<string, string> }>, file: string): void => {
  meta[file]!.hashes = { sha256: '0'.repeat(64) };
};

/** Puts the version of a role back and publishes it once more. */
const backTo = (repository: SimulatedRepository, role: string, version: number): void => {
  repository.body(role).version = version - 1;
  repository.publish(role);
};

/**
 * The cases of the TUF conformance suite (tuf-conformance, state of August 2026) about refreshing metadata, in terms of our own simulation. Those about
 * rotations and searches are tables of their own; what is not here is listed in `NOT_PORTED`.
 */
export const CONFORMANCE_CASES: readonly ConformanceCase[] = [
  {
    name: 'test_basic_refresh_trusted_data',
    steps: [{ expect: 'ok', trusted: { root: 1, timestamp: 1, snapshot: 1, targets: 1 } }],
  },
  {
    name: 'test_unsigned_metadata[root]',
    steps: [{ change: unsigned('root'), expect: 'metadata-unsigned', trusted: { root: 1 }, absent: ['timestamp'] }],
  },
  {
    name: 'test_unsigned_metadata[timestamp]',
    steps: [
      { change: unsigned('timestamp'), expect: 'metadata-unsigned', trusted: { root: 2 }, absent: ['timestamp'] },
    ],
  },
  {
    name: 'test_unsigned_metadata[snapshot]',
    steps: [
      {
        change: unsigned('snapshot'),
        expect: 'metadata-unsigned',
        trusted: { root: 2, timestamp: 2 },
        absent: ['snapshot'],
      },
    ],
  },
  {
    name: 'test_unsigned_metadata[targets]',
    steps: [
      {
        change: unsigned('targets'),
        expect: 'metadata-unsigned',
        trusted: { root: 2, timestamp: 2, snapshot: 2 },
        absent: ['targets'],
      },
    ],
  },
  {
    name: 'test_url_and_metadata_version_mismatch[root]',
    steps: [{ change: misnumbered('root'), expect: 'metadata-rollback', trusted: { root: 1 }, absent: ['timestamp'] }],
  },
  {
    name: 'test_url_and_metadata_version_mismatch[snapshot]',
    steps: [
      {
        change: misnumbered('snapshot'),
        expect: 'metadata-mismatch',
        trusted: { root: 2, timestamp: 2 },
        absent: ['snapshot'],
      },
    ],
  },
  {
    name: 'test_url_and_metadata_version_mismatch[targets]',
    steps: [
      {
        change: misnumbered('targets'),
        expect: 'metadata-mismatch',
        trusted: { root: 2, timestamp: 2, snapshot: 2 },
        absent: ['targets'],
      },
    ],
  },
  {
    name: 'test_timestamp_content_changes',
    steps: [
      { expect: 'ok' },
      {
        change(repository) {
          repository.timestamp.meta['snapshot.json'] = { version: 100 };
          repository.publishAgain('timestamp');
        },
        expect: 'ok',
        trusted: { timestamp: 1, snapshot: 1 },
        lastRequest: 'timestamp.json',
      },
    ],
  },
  {
    name: 'test_basic_metadata_hash_support',
    steps: [
      {
        change(repository) {
          repository.withHashes = true;
          repository.publish(...CONTENT);
        },
        expect: 'ok',
        trusted: { timestamp: 2, snapshot: 2, targets: 2 },
      },
    ],
  },
  {
    name: 'test_targets_hash_mismatch',
    steps: [
      {
        change(repository) {
          repository.withHashes = true;
          repository.publish(...CONTENT);
        },
        expect: 'ok',
      },
      {
        change(repository) {
          repository.publish('targets');
          wrongHash(repository.snapshot.meta, 'targets.json');
          repository.publish('snapshot', 'timestamp');
        },
        expect: 'metadata-mismatch',
        trusted: { snapshot: 3, targets: 2 },
      },
    ],
  },
  {
    name: 'test_snapshot_hash_mismatch',
    steps: [
      {
        change(repository) {
          repository.withHashes = true;
          repository.publish('snapshot', 'timestamp');
        },
        expect: 'ok',
      },
      {
        change(repository) {
          repository.publish('snapshot');
          wrongHash(repository.timestamp.meta, 'snapshot.json');
          repository.publish('timestamp');
        },
        expect: 'metadata-mismatch',
        trusted: { timestamp: 3, snapshot: 2 },
      },
    ],
  },
  {
    name: 'test_custom_fields',
    steps: [
      { expect: 'ok' },
      {
        change(repository) {
          Object.assign(repository.root, { 'custom-field': 'value' });
          Object.assign(repository.root.roles['root']!, { 'another-field': 'value' });
          repository.addKey('root', simulatedSigner('ed25519', { 'extra-field': { a: 1, b: 2 } }));
          repository.publish('root');
        },
        expect: 'ok',
        trusted: { root: 2 },
      },
    ],
  },
  {
    name: 'test_deprecated_keyid_hash_algorithms',
    steps: [
      {
        change(repository) {
          repository.rotateKeys('snapshot');
          repository.root.roles['snapshot']!.keyids.length = 0;
          repository.signers.delete('snapshot');
          repository.addKey('snapshot', simulatedSigner('ed25519', { keyid_hash_algorithms: 'md5' }));
          repository.publish('root', 'snapshot', 'timestamp');
        },
        expect: 'ok',
        trusted: { root: 2, snapshot: 2 },
      },
    ],
  },
  {
    name: 'test_snapshot_404',
    steps: [
      { expect: 'ok' },
      {
        change(repository) {
          repository.timestamp.meta['snapshot.json'] = { version: 2 };
          repository.publish('timestamp');
        },
        expect: 'repository-incomplete',
        trusted: { root: 1, timestamp: 2, snapshot: 1, targets: 1 },
        lastRequest: '2.snapshot.json',
      },
    ],
  },
  {
    name: 'test_targets_404',
    steps: [
      { expect: 'ok' },
      {
        change(repository) {
          repository.snapshot.meta['targets.json'] = { version: 2 };
          repository.publish('snapshot', 'timestamp');
        },
        expect: 'repository-incomplete',
        trusted: { root: 1, timestamp: 2, snapshot: 2, targets: 1 },
        lastRequest: '2.targets.json',
      },
    ],
  },
  {
    name: 'test_timestamp_404',
    steps: [
      {
        change: ({ files }) => files.delete('metadata/timestamp.json'),
        expect: 'repository-incomplete',
        lastRequest: 'timestamp.json',
      },
    ],
  },
  {
    name: 'test_incorrect_metadata_type',
    steps: [
      {
        change(repository) {
          repository.addKey('snapshot', repository.signers.get('timestamp')![0]);
          repository.snapshot.meta = { 'snapshot.json': { version: 1 } };
          repository.publish('root', 'snapshot');
          repository.files.set('metadata/timestamp.json', repository.served('snapshot'));
        },
        expect: 'metadata-invalid',
        trusted: { root: 2 },
        absent: ['timestamp'],
      },
    ],
  },
  {
    name: 'test_faketime',
    steps: [
      {
        change(repository) {
          repository.root.expires = DAY_7;
          repository.publish('root');
        },
        expect: 'ok',
      },
      { day: 8, expect: 'metadata-expired' },
    ],
  },
  {
    name: 'test_root_expired',
    steps: [
      { expect: 'ok' },
      { change: (repository) => repository.publish('root'), expect: 'ok' },
      {
        change(repository) {
          repository.root.expires = PAST;
          repository.publish(...ALL);
        },
        expect: 'metadata-expired',
        trusted: { root: 3, timestamp: 1, snapshot: 1 },
      },
    ],
  },
  {
    name: 'test_timestamp_expired',
    steps: [
      { expect: 'ok' },
      {
        change(repository) {
          repository.timestamp.expires = PAST;
          repository.publish('timestamp');
        },
        expect: 'metadata-expired',
        trusted: { root: 1, timestamp: 1, snapshot: 1, targets: 1 },
      },
    ],
  },
  {
    name: 'test_snapshot_expired',
    steps: [
      { expect: 'ok' },
      {
        change(repository) {
          repository.snapshot.expires = PAST;
          repository.publish('snapshot', 'timestamp');
        },
        expect: 'metadata-expired',
        trusted: { root: 1, timestamp: 2, snapshot: 1, targets: 1 },
      },
    ],
  },
  {
    name: 'test_targets_expired',
    steps: [
      { expect: 'ok' },
      {
        change(repository) {
          repository.targets.expires = PAST;
          repository.publish(...CONTENT);
        },
        expect: 'metadata-expired',
        trusted: { root: 1, timestamp: 2, snapshot: 2, targets: 1 },
      },
    ],
  },
  {
    name: 'test_expired_local_root',
    steps: [
      {
        change(repository) {
          repository.root.expires = DAY_7;
          repository.publish('root');
        },
        expect: 'ok',
      },
      {
        change(repository) {
          repository.root.expires = DAY_21;
          repository.publish('root');
        },
        day: 18,
        expect: 'ok',
        trusted: { root: 3 },
      },
    ],
  },
  {
    name: 'test_expired_local_timestamp',
    steps: [
      {
        change(repository) {
          repository.timestamp.expires = DAY_7;
          repository.publish('timestamp');
        },
        expect: 'ok',
      },
      {
        change(repository) {
          repository.timestamp.expires = DAY_21;
          repository.publish(...CONTENT);
        },
        day: 18,
        expect: 'ok',
        trusted: { root: 1, timestamp: 3, snapshot: 2, targets: 2 },
      },
    ],
  },
  {
    name: 'test_snapshot_does_not_meet_threshold',
    before(repository) {
      repository.root.roles['snapshot']!.threshold = 3;
      repository.addKey('snapshot');
      repository.addKey('snapshot');
      repository.publish('root', ...CONTENT);
    },
    steps: [
      { expect: 'ok', trusted: { snapshot: 2 } },
      {
        change(repository) {
          repository.signers.get('snapshot')!.pop();
          repository.publish(...CONTENT);
        },
        expect: 'metadata-unsigned',
        trusted: { snapshot: 2 },
      },
    ],
  },
  {
    name: 'test_snapshot_has_too_few_keys',
    steps: [
      {
        change(repository) {
          for (let more = 0; more < 4; more += 1) repository.addKey('snapshot');
          repository.root.roles['snapshot']!.threshold = 6;
          repository.publish('root', 'snapshot', 'timestamp');
        },
        expect: 'metadata-unsigned',
        trusted: { root: 2 },
        absent: ['snapshot'],
      },
    ],
  },
  {
    name: 'test_duplicate_keys',
    steps: [
      {
        change(repository) {
          const signer = repository.addKey('snapshot');
          for (let more = 0; more < 8; more += 1) repository.listKey('snapshot', signer);
          repository.root.roles['snapshot']!.threshold = 6;
          repository.publish('root', 'snapshot', 'timestamp');
          repository.tamper('snapshot', ({ signatures }) => {
            const own = signatures.find(({ keyid }) => keyid === signer.id)!;
            for (let more = 0; more < 8; more += 1) signatures.push(own);
          });
        },
        // The root that lists a key twice is not believed in the first place.
        expect: 'metadata-invalid',
        trusted: { root: 1 },
        absent: ['snapshot'],
      },
    ],
  },
  {
    name: 'test_duplicate_sig_keyids',
    steps: [
      {
        change: (repository) => repository.tamper('snapshot', ({ signatures }) => signatures.push(signatures[0]!)),
        expect: 'metadata-invalid',
        absent: ['snapshot'],
      },
    ],
  },
  ...(['rsa', 'ecdsa', 'ed25519'] as const).map(
    (type): ConformanceCase => ({
      name: `test_keytype_and_scheme[${type}]`,
      steps: [
        {
          change(repository) {
            repository.addKey('root', simulatedSigner(type));
            repository.root.roles['root']!.threshold = 2;
            repository.publish('root');
          },
          expect: 'ok',
          trusted: { root: 2 },
        },
        {
          change(repository) {
            const earlier: { signatures: { sig: string }[] } = JSON.parse(repository.served('root').toString());
            repository.publish('root');
            // A signature of the right form, of something else.
            repository.tamper('root', ({ signatures }) => {
              signatures[1]!.sig = earlier.signatures[1]!.sig;
            });
          },
          expect: 'metadata-unsigned',
          trusted: { root: 2 },
        },
      ],
    }),
  ),
  {
    name: 'test_invalid_sig_in_valid_metadata',
    steps: [
      {
        change(repository) {
          const earlier: { signatures: { sig: string }[] } = JSON.parse(repository.served('timestamp').toString());
          repository.addKey('timestamp');
          repository.publish('root', 'timestamp');
          repository.tamper('timestamp', ({ signatures }) => {
            signatures[0]!.sig = earlier.signatures[0]!.sig;
          });
        },
        expect: 'ok',
        trusted: { timestamp: 2 },
      },
      {
        change(repository) {
          repository.publish('timestamp');
          repository.tamper('timestamp', ({ signatures }) => {
            signatures[0]!.sig = '';
          });
        },
        expect: 'ok',
        trusted: { timestamp: 3 },
      },
    ],
  },
  {
    name: 'test_new_timestamp_version_rollback',
    steps: [
      { change: (repository) => repository.publish('timestamp'), expect: 'ok', trusted: { timestamp: 2 } },
      {
        change: (repository) => backTo(repository, 'timestamp', 1),
        expect: 'metadata-rollback',
        trusted: { timestamp: 2 },
        lastRequest: 'timestamp.json',
      },
    ],
  },
  ...[false, true].map(
    (withHashes): ConformanceCase => ({
      name: `test_snapshot_rollback[${withHashes ? 'with hashes' : 'basic'}]`,
      steps: [
        {
          change(repository) {
            repository.withHashes = withHashes;
            repository.publish('snapshot', 'timestamp');
          },
          expect: 'ok',
        },
        {
          change(repository) {
            backTo(repository, 'snapshot', 1);
            repository.publish('timestamp');
          },
          expect: 'metadata-rollback',
          trusted: { timestamp: 2, snapshot: 2 },
          lastRequest: 'timestamp.json',
        },
      ],
    }),
  ),
  {
    name: 'test_targets_role_removal',
    steps: [
      {
        change(repository) {
          repository.delegate('targets', { name: 'delegated', paths: ['delegatedpath/*'] });
          repository.publish('delegated', ...CONTENT);
        },
        expect: 'ok',
      },
      {
        change(repository) {
          delete repository.snapshot.meta['delegated.json'];
          repository.publish('snapshot', 'timestamp');
        },
        expect: 'metadata-rollback',
        trusted: { snapshot: 2 },
      },
    ],
  },
  {
    name: 'test_targets_fast_forward_recovery',
    steps: [
      {
        change(repository) {
          repository.delegate('targets', { name: 'delegated', paths: ['delegatedpath/*'] });
          repository.publish('delegated');
          repository.targets.version = 99;
          repository.publish(...CONTENT);
        },
        expect: 'ok',
        trusted: { targets: 100 },
      },
      {
        change(repository) {
          repository.rotateKeys('snapshot');
          delete repository.snapshot.meta['delegated.json'];
          repository.publish('root');
          backTo(repository, 'targets', 1);
          repository.publish('snapshot', 'timestamp');
        },
        expect: 'ok',
        trusted: { targets: 1 },
      },
    ],
  },
  {
    name: 'test_new_snapshot_fast_forward_recovery',
    steps: [
      {
        change(repository) {
          repository.snapshot.version = 99;
          repository.publish('snapshot', 'timestamp');
        },
        expect: 'ok',
        trusted: { snapshot: 100 },
      },
      {
        change(repository) {
          repository.rotateKeys('snapshot');
          repository.rotateKeys('timestamp');
          repository.publish('root', 'targets');
          backTo(repository, 'snapshot', 1);
          repository.publish('timestamp');
        },
        expect: 'ok',
        trusted: { snapshot: 1 },
      },
    ],
  },
  {
    name: 'test_new_timestamp_fast_forward_recovery',
    steps: [
      {
        change(repository) {
          repository.timestamp.version = 99;
          repository.publish('timestamp');
        },
        expect: 'ok',
        trusted: { timestamp: 100 },
      },
      {
        change(repository) {
          repository.rotateKeys('timestamp');
          repository.publish('root');
          backTo(repository, 'timestamp', 1);
        },
        expect: 'ok',
        trusted: { timestamp: 1 },
      },
    ],
  },
  ...[false, true].map(
    (withHashes): ConformanceCase => ({
      name: `test_targets_rollback[${withHashes ? 'with hashes' : 'basic'}]`,
      steps: [
        {
          change(repository) {
            repository.withHashes = withHashes;
            repository.publish(...CONTENT);
          },
          expect: 'ok',
        },
        {
          change(repository) {
            backTo(repository, 'targets', 1);
            repository.publish('snapshot', 'timestamp');
          },
          expect: 'metadata-rollback',
          trusted: { snapshot: 2, targets: 2 },
        },
      ],
    }),
  ),
];

/** Cases of the suite that are not here, how many each is, and why. */
export const NOT_PORTED: Readonly<Record<string, { readonly cases: number; readonly why: string }>> = {
  test_static_repository: { cases: 2, why: 'repositories of others, as files: not ours to carry along' },
  test_artifact_cache: { cases: 1, why: 'keeping downloads is not a part of the metadata client' },
  test_multiple_changes_to_target: { cases: 1, why: 'a release never changes under its name' },
  test_client_downloads_expected_file: {
    cases: 2,
    why: 'downloads are tested where they are made, by SHA-256 and length',
  },
  test_repository_substitutes_target_file: { cases: 1, why: 'the same' },
  test_download_with_hash_algorithms: { cases: 3, why: 'a manifest is named by its SHA-256 and nothing else' },
};
