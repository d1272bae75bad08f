import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Updater } from 'tuf-js';
import { sha256 } from '../../src/model/digest.ts';
import { AshlarError } from '../../src/model/error.ts';
import { manifestPath, manifestTargetPath } from '../../src/model/repository.ts';
import { openDirectoryReader } from '../../src/store/transport/directory/directory-reader.ts';
import { openDirectoryWriter } from '../../src/store/transport/directory/directory-writer.ts';
import { systemFiles } from '../../src/store/transport/directory/system-files.ts';
import { serveRepository } from '../../src/store/transport/serve-repository.ts';
import { refreshTrust } from '../../src/trust/client/refresh-trust.ts';
import type { SimulatedSigner } from '../../src/trust/client/simulator/simulated-signer.fixture.ts';
import { memoryTrustStore } from '../../src/trust/client/trust-store.ts';
import { createKeyFile } from '../../src/trust/keys/key-file.ts';
import { passphraseFrom } from '../../src/trust/keys/passphrase.ts';
import { canonicalJson, type JsonValue } from '../../src/trust/metadata/canonical-json.ts';
import {
  atHand,
  edit,
  freshKeys,
  type Publisher,
  publisher,
  type Rotation,
  rotate,
} from '../../src/trust/metadata/publisher.fixture.ts';
import { parseProposal, proposalBytes } from '../../src/trust/proposal/proposal.ts';
import { signProposal } from '../../src/trust/proposal/sign-proposal.ts';
import { runInTrixie, trixieObstacle, trixieOutput } from './trixie.ts';

const skip = trixieObstacle() ?? false;
const scratch = mkdtempSync(join(tmpdir(), 'ashlar-oracle-tuf-'));
after(() => rmSync(scratch, { recursive: true }));

/** What a client said: for each path the SHA-256 of what it downloaded, null when there is no such target, or how it refused. */
interface Verdict {
  readonly root: number;
  readonly found: Readonly<Record<string, string | null>>;
  readonly refused: boolean;
}

interface Client {
  readonly name: string;
  /** Refreshes and looks for the paths; `state` is a folder that the client keeps from one time to the next. */
  readonly look: (repository: string, state: string, paths: readonly string[]) => Promise<Verdict>;
}

const CLIENT = join(import.meta.dirname, 'tuf-client.py');

const CLIENTS: readonly Client[] = [
  {
    name: 'python-tuf of Debian trixie',
    look: (repository, state, paths) => {
      const argv = ['python3', CLIENT, repository, state, join(state, 'targets'), ...paths];
      const { root, refused, ...found } = JSON.parse(trixieOutput(argv, { binds: [scratch, import.meta.dirname] }));
      return Promise.resolve({ root, found, refused: refused !== undefined });
    },
  },
  { name: 'tuf-js', look: lookWithTufJs },
  { name: 'our own client', look: lookWithOurs },
];

async function lookWithTufJs(repository: string, state: string, paths: readonly string[]): Promise<Verdict> {
  const server = await serveRepository({ directory: repository });
  const found: Record<string, string | null> = {};
  let refused = false;
  try {
    const updater = new Updater({
      metadataDir: state,
      metadataBaseUrl: `${server.url}metadata`,
      targetDir: join(state, 'targets'),
      targetBaseUrl: `${server.url}targets`,
      config: { fetchRetry: false },
    });
    await updater.refresh();
    for (const path of paths) {
      const info = await updater.getTargetInfo(path);
      found[path] = info === undefined ? null : fileSha256(await updater.downloadTarget(info));
    }
  } catch {
    refused = true;
  } finally {
    await server.close();
  }
  const { signed: root } = JSON.parse(readFileSync(join(state, 'root.json'), 'utf8'));
  return { root: root.version, found, refused };
}

/** Each channel is looked at alone, and a path is found when one of them has it. */
async function lookWithOurs(repository: string, state: string, paths: readonly string[]): Promise<Verdict> {
  const source = openDirectoryReader(repository);
  const found: Record<string, string | null> = Object.fromEntries(paths.map((path) => [path, null]));
  let root = 0;
  try {
    for (const channel of ['candidate', 'stable']) {
      const builtInRoot = readFileSync(join(state, 'root.json'));
      const looking = refreshTrust({ store: memoryTrustStore(), source, builtInRoot, channel, now: new Date() });
      const trusted = await looking.catch((error: unknown) => {
        // Others have no word for a channel: one that was removed has nothing.
        if (error instanceof AshlarError && error.code === 'channel-unknown') return undefined;
        throw error;
      });
      if (trusted === undefined) continue;
      root = trusted.versions['root'] ?? 0;
      for (const { name, version, manifest } of trusted.releases) {
        const path = manifestTargetPath(name, version);
        if (paths.includes(path)) found[path] = fileSha256(join(repository, manifest.path));
      }
    }
    return { root, found, refused: false };
  } catch (error) {
    if (!(error instanceof AshlarError)) throw error;
    return { root, found, refused: true };
  }
}

describe('a repository that Ashlar wrote', { skip }, () => {
  const place = join(scratch, 'repository');
  const path = (version: string): string => manifestTargetPath('web', version);
  const states = new Map<string, string>();
  let own: Publisher;
  let revoked: SimulatedSigner[];

  before(async () => {
    mkdirSync(place);
    own = await publisher(systemFiles(place), new Date());
    await addRelease('candidate', '1.1');
    await addRelease('stable', '1.0');
    for (const { name } of CLIENTS) states.set(name, newState());
  });

  /** A client's folder, with the root that an image has. */
  function newState(): string {
    const state = mkdtempSync(join(scratch, 'state-'));
    mkdirSync(join(state, 'targets'));
    writeFileSync(join(state, 'root.json'), own.root);
    return state;
  }

  async function addRelease(channel: string, version: string): Promise<void> {
    const manifest = Buffer.from(`the manifest of ${version}`);
    const digest = sha256(manifest);
    await own.writer.create(manifestPath('web', version, digest), manifest);
    const custom = { name: 'web', version, rootHash: sha256(version), created: 0 };
    await edit(
      own,
      async (trust) => {
        trust.addRelease(channel, { manifest: { length: manifest.length, sha256: digest }, custom });
        await trust.commit();
      },
      { now: new Date() },
    );
  }

  const expected = (versions: readonly string[]): Record<string, string | null> =>
    Object.fromEntries(
      ['1.0', '1.1', '2.0', '3.0'].map((version) => [
        path(version),
        versions.includes(version) ? sha256(`the manifest of ${version}`) : null,
      ]),
    );

  async function everyClientSees(root: number, versions: readonly string[]): Promise<void> {
    for (const { name, look } of CLIENTS) {
      for (const state of [states.get(name)!, newState()]) {
        const verdict = await look(place, state, Object.keys(expected([])));
        assert.deepEqual(verdict, { root, found: expected(versions), refused: false }, name);
      }
    }
  }

  test('is read by all clients', () => everyClientSees(1, ['1.0', '1.1']));

  test('is read through a rotation of root and the revocation of a channel’s key', async () => {
    const rotation: Rotation = { name: '', roles: ['root', 'timestamp', 'stable'], lost: true, signed: [] };
    const fresh = freshKeys(own);
    const signers = atHand(own, rotation, fresh);
    revoked = own.keys.stable;
    await rotate(own, rotation, fresh, { signers, now: new Date() });
    for (const role of rotation.roles) own.keys[role] = fresh[role];
    await everyClientSees(2, ['1.0', '1.1']);
    await addRelease('stable', '2.0');
    await everyClientSees(2, ['1.0', '1.1', '2.0']);
  });

  test('with a release by the revoked key is refused by all clients, and with the same release by the present key is not', async () => {
    for (const [isRevoked, signers] of [
      [true, revoked],
      [false, own.keys.stable],
    ] as const) {
      const copy = mkdtempSync(join(scratch, 'copy-'));
      cpSync(place, copy, { recursive: true });
      await addBehindOurBack(copy, signers);
      for (const { name, look } of CLIENTS) {
        const { refused, found } = await look(copy, newState(), [path('3.0')]);
        assert.equal(refused, isRevoked, name);
        if (!isRevoked) assert.equal(found[path('3.0')], sha256('the manifest of 3.0'), name);
      }
    }
  });

  test('is read after people apart have signed a new root and the removal of a channel', async () => {
    const fresh = freshKeys(own);
    const online = { signers: [...own.keys.snapshot, ...own.keys.timestamp, ...own.keys.stable], now: new Date() };
    const prepared = await edit(
      own,
      async (trust) => {
        const remove = own.keys.root.map(({ id }) => id);
        trust.changeKeys('root', { add: fresh.root.map(({ key }) => key), remove });
        trust.removeChannel('candidate');
        return trust.prepare('new keys of root, and no candidate');
      },
      online,
    );
    let proposal = prepared;
    for (const signers of [own.keys.targets, own.keys.root, fresh.root]) {
      // Carried as a file, and checked by each against the root that their images have.
      ({ proposal } = await signProposal(parseProposal(proposalBytes(proposal)), own.root, signers));
    }
    await edit(
      own,
      async (trust) => {
        trust.adopt(proposal);
        await trust.commit();
      },
      online,
    );
    await everyClientSees(3, ['1.0', '2.0']);
  });

  /** Adds a release to `stable` of the repository at `copy`, signed by `signers`; snapshot and timestamp are signed by their present keys. */
  async function addBehindOurBack(copy: string, signers: readonly SimulatedSigner[]): Promise<void> {
    const writer = openDirectoryWriter(copy);
    const manifest = Buffer.from('the manifest of 3.0');
    await writer.create(manifestPath('web', '3.0', sha256(manifest)), manifest);
    const trusted = await edit(own, (trust) => Promise.resolve(trust.current()));
    const put = async (file: string, body: object, signers: readonly SimulatedSigner[]): Promise<Described> => {
      const bytes = signed(body, signers);
      await writer.replace(`metadata/${file}`, bytes);
      return { length: bytes.length, hashes: { sha256: sha256(bytes) } };
    };
    const { signed: stable } = trusted.channels.get('stable')!;
    const custom = { name: 'web', version: '3.0', rootHash: sha256('3.0'), created: 0 };
    const target = { length: manifest.length, hashes: { sha256: sha256(manifest) }, custom: { ashlar: custom } };
    const targets = { ...stable.targets, [path('3.0')]: target };
    const version = stable.version + 1;
    const described = await put(`${version}.stable.json`, { ...stable, version, targets }, signers);
    const snapshot = trusted.snapshot.signed;
    const next = { ...snapshot, version: snapshot.version + 1 };
    const meta = { ...snapshot.meta, 'stable.json': { version, ...described } };
    const named = await put(`${next.version}.snapshot.json`, { ...next, meta }, own.keys.snapshot);
    const timestamp = trusted.timestamp.signed;
    const snapshotMeta = { 'snapshot.json': { version: next.version, ...named } };
    const body = { ...timestamp, version: timestamp.version + 1, meta: snapshotMeta };
    await put('timestamp.json', body, own.keys.timestamp);
  }
});

test('openssl reads a private key, by its passphrase alone, and verifies what it signed', { skip }, async () => {
  const folder = mkdtempSync(join(scratch, 'keys-'));
  const passphrase = passphraseFrom('correct horse', () => Promise.resolve(undefined));
  const { signer } = await createKeyFile(folder, 'a-1', passphrase);
  const message = join(folder, 'message');
  writeFileSync(message, 'what is signed');
  writeFileSync(join(folder, 'signature'), await signer.sign(readFileSync(message)));
  const open = (secret: string): string[] => ['-in', join(folder, 'a-1.pem'), '-passin', `pass:${secret}`];
  const binds = [scratch];
  writeFileSync(
    join(folder, 'public.pem'),
    trixieOutput(['openssl', 'pkey', ...open('correct horse'), '-pubout'], { binds }),
  );
  const verify = ['pkeyutl', '-verify', '-rawin', '-pubin', '-inkey', join(folder, 'public.pem'), '-in', message];
  assert.match(
    trixieOutput(['openssl', ...verify, '-sigfile', join(folder, 'signature')], { binds }),
    /Signature Verified Successfully/,
  );
  assert.notEqual(runInTrixie(['openssl', 'pkey', ...open('wrong horse')], { binds }).status, 0);
});

interface Described {
  readonly length: number;
  readonly hashes: { readonly sha256: string };
}

function signed(body: object, signers: readonly SimulatedSigner[]): Buffer {
  const message = canonicalJson(JSON.parse(JSON.stringify(body)) as JsonValue);
  const signatures = signers.map(({ id, signNow }) => ({ keyid: id, sig: signNow(message).toString('hex') }));
  return Buffer.from(JSON.stringify({ signatures, signed: body }));
}

function fileSha256(path: string): string {
  return sha256(readFileSync(path));
}
