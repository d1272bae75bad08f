import { copyFileSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildRelease } from '../../src/build/build-release.ts';
import { publishReleases } from '../../src/build/publish/publish-releases.ts';
import { documentBytes, type Manifest } from '../../src/model/manifest.ts';
import { SILENT } from '../../src/model/progress.ts';
import { openStore } from '../../src/store/store.ts';
import { openRepositoryForWriting } from '../../src/store/transport/open-repository.ts';
import { serveRepository } from '../../src/store/transport/serve-repository.ts';
import { transientSigner } from '../../src/trust/keys/transient-signer.ts';
import { initTrust } from '../../src/trust/metadata/init-trust.ts';
import { HOST_SEEN_BY_GUEST } from '../../src/vm/machine-options.ts';
import type { Workshop } from '../build/workshop.ts';
import { type ShopVersion, shopDefinition } from './shop-definition.ts';

export interface BuiltShop {
  readonly directory: string;
  readonly manifest: Manifest;
}

/** Builds versions of the shop, and has a web server with the repository that they are published in. */
export interface UpdateSite extends AsyncDisposable {
  /** @param before the release that its data is laid out like, and whose lock it has. */
  build(version: ShopVersion, before?: BuiltShop): Promise<BuiltShop>;
  publish(release: BuiltShop): Promise<void>;
  /** The repository as it was when nothing was published. */
  empty(): void;
  /** Bytes that the web server has sent so far. */
  sent(): number;
  /** A file for the next definitions; its name is what they call it by. */
  readonly definitions: string;
}

/** Opens the site in the folder `name` of the workshop, with keys that are gone with it. */
export async function openUpdateSite(workshop: Workshop, name: string): Promise<UpdateSite> {
  const folder = workshop.fresh(name);
  const definitions = join(folder, 'definitions');
  const out = join(folder, 'out');
  const [served, pristine] = [join(folder, 'repository'), join(folder, 'pristine')];
  for (const each of [definitions, pristine]) mkdirSync(each);
  const root = await makeRepository(pristine);
  writeFileSync(join(definitions, 'root.json'), root.bytes);
  cpSync(pristine, served, { recursive: true });
  let sent = 0;
  const server = await serveRepository({ directory: served, onServed: ({ bytes }) => (sent += bytes) });
  const url = `http://${HOST_SEEN_BY_GUEST}:${server.port}/`;
  const store = openStore();
  return {
    definitions,
    sent: () => sent,
    async build(version, before) {
      workshop.say(`${version.version} is built`);
      const place = join(definitions, version.version);
      mkdirSync(place);
      writeFileSync(join(place, 'os.json'), documentBytes(shopDefinition(version, url)));
      for (const file of ['root.json', ...(version.ballast ?? [])])
        copyFileSync(join(definitions, file), join(place, file));
      // One lock for all: only what the versions say differs. It is kept between calls, for what was downloaded.
      const lock = join(workshop.kept(`${name}-lock`), 'ashlar.lock');
      if (existsSync(lock)) copyFileSync(lock, join(place, 'ashlar.lock'));
      const options = { out, store, frozen: false, previous: before?.directory, progress: SILENT };
      const { directory, manifest } = await buildRelease(place, options);
      copyFileSync(join(place, 'ashlar.lock'), lock);
      return { directory, manifest };
    },
    async publish({ directory }) {
      await publishReleases({
        repository: openRepositoryForWriting(served),
        signers: [root.signer],
        root: root.bytes,
        now: new Date(),
        progress: SILENT,
        releases: [{ directory, preflight: { kind: 'none' } }],
        channel: 'stable',
      });
    },
    empty() {
      rmSync(served, { recursive: true });
      cpSync(pristine, served, { recursive: true });
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function makeRepository(place: string) {
  const writer = openRepositoryForWriting(place);
  const signer = transientSigner();
  const only = { signers: [signer], threshold: 1 };
  const lease = await writer.lock('bench');
  const bytes = await initTrust({
    writer,
    lease,
    roles: { root: only, targets: only, snapshot: only, timestamp: only },
    channels: { stable: { ...only, systems: [], policy: { preflight: 'not-required' } } },
    now: new Date(),
  }).finally(() => lease.release());
  return { bytes, signer };
}
