import {
  ALL,
  CONTENT,
  type ConformanceCase,
  DAY_7,
  DAY_21,
  misnumbered,
  PAST,
  unsigned,
  wrongHash,
} from './conformance-case.fixture.ts';
import { FRESHNESS_CASES } from './freshness-cases.fixture.ts';
import { simulatedSigner } from './simulated-signer.fixture.ts';

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
  ...FRESHNESS_CASES,
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
