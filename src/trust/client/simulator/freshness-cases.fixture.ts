import { backTo, CONTENT, type ConformanceCase, DAY_7, DAY_21 } from './conformance-case.fixture.ts';
import { simulatedSigner } from './simulated-signer.fixture.ts';

/** The cases of the suite about what has expired and what went back. */
export const FRESHNESS_CASES: readonly ConformanceCase[] = [
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
