import { sha256 } from '../../../src/model/digest.ts';
import { AshlarError } from '../../../src/model/error.ts';
import { isDelegated } from '../../../src/trust/client/path-pattern.ts';
import { policyOf } from '../../../src/trust/client/refresh-trust.ts';
import { trustedRelease } from '../../../src/trust/client/trusted-release.ts';
import { rootAuthority } from '../../../src/trust/client/update-root.ts';
import { keyId, type PublicKey } from '../../../src/trust/keys/public-key.ts';
import type { RoleType } from '../../../src/trust/metadata/metadata-schema.ts';
import { parseMetadata } from '../../../src/trust/metadata/parse-metadata.ts';
import { type Authority, countSignatures } from '../../../src/trust/metadata/verify-metadata.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const ED25519: PublicKey = {
  keytype: 'ed25519',
  scheme: 'ed25519',
  keyval: { public: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a' },
};
/** The public half of the private key 1. */
const ECDSA: PublicKey = {
  keytype: 'ecdsa',
  scheme: 'ecdsa-sha2-nistp256',
  keyval: {
    public:
      '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n-----END PUBLIC KEY-----\n',
  },
};
const KEYS = { [keyId(ED25519)]: ED25519, [keyId(ECDSA)]: ECDSA };
const ROLE = { keyids: Object.keys(KEYS), threshold: 1 };
const AUTHORITY: Authority = { role: ROLE, keys: KEYS };
const HEADING = { spec_version: '1.0.34', version: 7, expires: '2030-01-08T00:00:00Z' };
const PATH = 'releases/web/1.0/manifest.json';

function file(signed: object): Buffer {
  const signatures = Object.keys(KEYS).map((keyid) => ({ keyid, sig: '30450220'.padEnd(142, '0') }));
  return Buffer.from(JSON.stringify({ signatures, signed: { ...signed, ...HEADING } }));
}

function seeds(): Buffer[] {
  const meta = { version: 5, length: 1002, hashes: { sha256: sha256('x') } };
  const custom = { name: 'web', version: '1.0', rootHash: sha256('root'), created: 0, barrier: true };
  const roles = { root: ROLE, targets: ROLE, snapshot: ROLE, timestamp: ROLE };
  return [
    file({ _type: 'root', consistent_snapshot: true, keys: KEYS, roles }),
    file({ _type: 'timestamp', meta: { 'snapshot.json': meta } }),
    file({ _type: 'snapshot', meta: { 'targets.json': meta, 'stable.json': meta } }),
    file({
      _type: 'targets',
      targets: { [PATH]: { length: 10, hashes: { sha256: sha256('m') }, custom: { ashlar: custom } } },
      delegations: {
        keys: KEYS,
        roles: [{ ...ROLE, name: 'stable', terminating: false, paths: ['releases/*/?.*/manifest.json'] }],
      },
      ashlar: { floors: { web: '0.9' }, channels: { stable: { preflight: 'required' } } },
    }),
  ];
}

/** Uses the input as metadata of `type`, when it is; else gives the refusal, for it may be of another type. */
function asType<Type extends RoleType>(
  input: Buffer,
  type: Type,
  use: (metadata: ReturnType<typeof parseMetadata<Type>>) => void,
): AshlarError | undefined {
  try {
    use(parseMetadata(input, type, 'fuzzed'));
    return undefined;
  } catch (error) {
    if (error instanceof AshlarError) return error;
    throw error;
  }
}

/** Metadata of every role: taken apart, its signatures counted by its own keys and by ours, its paths and releases looked at. */
const target: FuzzTarget = {
  name: 'trust-metadata',
  seeds,
  run(input) {
    const refusals = [
      asType(input, 'root', (root) => {
        countSignatures(root, AUTHORITY);
        countSignatures(root, rootAuthority(root.signed, 'root'));
      }),
      asType(input, 'timestamp', (timestamp) => countSignatures(timestamp, AUTHORITY)),
      asType(input, 'snapshot', (snapshot) => countSignatures(snapshot, AUTHORITY)),
      asType(input, 'targets', (targets) => {
        const { delegations, targets: listed } = targets.signed;
        for (const role of delegations?.roles ?? []) {
          countSignatures(targets, { role, keys: delegations?.keys ?? {} });
          isDelegated(PATH, role);
        }
        policyOf(targets.signed);
        for (const [path, entry] of Object.entries(listed)) trustedRelease(path, entry);
      }),
    ];
    const [first] = refusals;
    if (first !== undefined && !refusals.includes(undefined)) throw first;
  },
};

export default target;
