/** Every folder of `examples/` is built as a person would build it, its release verified, and what it shows looked for in the image. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { AGENT_PATH, NODE_PATH } from '../../src/build/assemble/system/updates/agent-service.ts';
import { buildRelease } from '../../src/build/build-release.ts';
import { lookUp } from '../../src/build/compose/look-up.ts';
import { type ReleaseContents, readReleaseContents } from '../../src/build/diff/release-contents.ts';
import { verifyRelease } from '../../src/build/verify/verify-release.ts';
import { IMAGE_GENERATION_PATH, parseImageGeneration } from '../../src/model/image-generation.ts';
import { SILENT } from '../../src/model/progress.ts';
import { BUILT_IN_ROOT_PATH, parseUpdateConfig, UPDATE_CONFIG_PATH } from '../../src/model/update-config.ts';
import { openStore } from '../../src/store/store.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');
const WANTED = '/etc/systemd/system/multi-user.target.wants';

/** A release that was built and read. */
class Built {
  readonly contents: ReleaseContents;

  constructor(contents: ReleaseContents) {
    this.contents = contents;
  }

  get packages(): string[] {
    return this.contents.packages.filter(({ group }) => group === 'root').map(({ name }) => name);
  }

  has(path: string): boolean {
    return lookUp(this.contents.tree, path) !== undefined;
  }

  bytes(path: string): Buffer {
    const node = lookUp(this.contents.tree, path);
    assert.equal(node?.type, 'file', path);
    return this.contents.read(node.content);
  }

  text(path: string): string {
    return this.bytes(path).toString('utf8');
  }
}

/** What is true of each, by its folder. */
const SHOWS: Readonly<Record<string, (built: Built) => void>> = {
  minimal: (built) => assert.ok(built.packages.includes('systemd')),
  'minimal/yaml': (built) => assert.equal(built.contents.manifest.root.hash, rootHashes.get('minimal')),
  'web-server': (built) => {
    assert.equal(built.text('/srv/www/index.html'), readFileSync(join(EXAMPLES, 'web-server/index.html'), 'utf8'));
    assert.match(built.text('/etc/nginx/sites-available/default'), /root \/srv\/www;/);
    assert.ok(built.has('/etc/systemd/system/timers.target.wants/trim-logs.timer'));
  },
  appliance: (built) => {
    const { manifest } = built.contents;
    assert.deepEqual(Object.keys(manifest.healthChecks), ['nginx', 'page']);
    assert.deepEqual(parseImageGeneration(built.bytes(IMAGE_GENERATION_PATH)).healthChecks, manifest.healthChecks);
    const { channel, probation } = parseUpdateConfig(built.bytes(UPDATE_CONFIG_PATH));
    assert.deepEqual([channel, probation], ['stable', { graceSeconds: 30, durationSeconds: 20, deadlineSeconds: 300 }]);
    assert.equal(built.text(BUILT_IN_ROOT_PATH), readFileSync(join(EXAMPLES, 'appliance/root.json'), 'utf8'));
    assert.ok(built.has(NODE_PATH) && built.has(AGENT_PATH) && built.has(`${WANTED}/ashlar-agent.service`));
    assert.match(built.text('/srv/www/index.html'), /Hello/);
  },
  'container-host': (built) => {
    assert.ok(built.packages.includes('podman') && built.has('/usr/bin/podman'));
    assert.deepEqual(Object.keys(built.contents.manifest.healthChecks), ['podman']);
  },
};

const rootHashes = new Map<string, string>();
let scratch = '';
before(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ashlar-examples-'));
  // As in the examples themselves, a lock that is there is used, and one that is not is made.
  cpSync(EXAMPLES, scratch, { recursive: true });
});
after(() => rmSync(scratch, { recursive: true, force: true }));

/** The same packages as another's: what is locked once is locked for both. */
function shareLock(folder: string): void {
  const lock = join(scratch, dirname(folder), 'ashlar.lock');
  if (dirname(folder) !== '.' && existsSync(lock)) cpSync(lock, join(scratch, folder, 'ashlar.lock'));
}

test('each of them has something to show', () => {
  const folders = globSync('**/os.{ts,yaml,json}', { cwd: EXAMPLES }).map((path) => dirname(path));
  assert.deepEqual(folders.sort(), Object.keys(SHOWS).sort());
});

for (const [folder, shows] of Object.entries(SHOWS)) {
  test(`${folder} is built, verified, and shows what it says`, async () => {
    shareLock(folder);
    const out = join(scratch, 'out');
    const options = { out, store: openStore(), frozen: false, progress: SILENT };
    const { directory, manifest } = await buildRelease(join(scratch, folder), options);
    const { findings, held } = await verifyRelease(directory, { progress: SILENT });
    assert.deepEqual(findings, []);
    assert.ok(held.length > 0);
    rootHashes.set(folder, manifest.root.hash);
    const built = new Built(readReleaseContents(directory));
    shows(built);
    // The agent, and the Node that it needs, are in what asks for updates, and in nothing else.
    assert.equal(built.has(AGENT_PATH) || built.has(NODE_PATH), folder === 'appliance');
    rmSync(out, { recursive: true });
  });
}
