import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { writeSampleRelease } from '../../build/publish/sample-release.fixture.ts';
import { sha256 } from '../../model/digest.ts';
import { openRepository } from '../../store/transport/open-repository.ts';
import { refreshTrust } from '../../trust/client/refresh-trust.ts';
import { memoryTrustStore } from '../../trust/client/trust-store.ts';
import { readImageFile } from './image-file.ts';
import { makePrivateRepository } from './private-repository.ts';

test('both releases are in every channel, trusted by the root that comes along, and in the image', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'private-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const releases = ['1.0.0', '2.0.0'].map((version) => ({
    ...writeSampleRelease(join(folder, 'out'), version, ['same', version]),
    digest: sha256(version),
    updates: undefined,
  }));
  const now = new Date('2030-01-01T00:00:00Z');
  const { image, root } = await makePrivateRepository({
    releases,
    channels: ['stable', 'candidate'],
    folder: join(folder, 'private'),
    now,
  });
  const source = openRepository(join(folder, 'private', 'content', 'repository'));
  for (const channel of ['stable', 'candidate']) {
    const trusted = await refreshTrust({ store: memoryTrustStore(), source, builtInRoot: root, channel, now });
    assert.deepEqual(
      trusted.releases.map(({ version }) => version),
      ['1.0.0', '2.0.0'],
    );
  }
  const timestamp = await source.read('metadata/timestamp.json', { maxBytes: 1 << 20 });
  assert.deepEqual(readImageFile(image, '/repository/metadata/timestamp.json'), timestamp);
  assert.equal(readImageFile(image, '/repository/metadata/nothing.json'), undefined);
});
