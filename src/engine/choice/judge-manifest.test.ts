import assert from 'node:assert/strict';
import test from 'node:test';
import { sha256 } from '../../model/digest.ts';
import type { Manifest } from '../../model/manifest.ts';
import { release } from '../sample-generations.fixture.ts';
import { judgeManifest } from './judge-manifest.ts';

const RELEASE = release('3');
type Judged = Pick<Manifest, 'name' | 'version' | 'architecture'> & { readonly root: Pick<Manifest['root'], 'hash'> };
const MANIFEST: Judged = { name: 'm', version: '3', architecture: 'amd64', root: { hash: RELEASE.rootHash } };

function codes(change: Partial<Judged>): string[] {
  const objections = judgeManifest({ ...MANIFEST, ...change }, RELEASE, { name: 'm', architecture: 'amd64' });
  return objections.map(({ code }) => code);
}

test('a manifest that is what the channel says, for this device', () => {
  assert.deepEqual(codes({}), []);
});

test('another system, another architecture, another version or image', () => {
  assert.deepEqual(codes({ name: 'other' }), ['other-system']);
  assert.deepEqual(codes({ architecture: 'arm64' }), ['other-architecture']);
  assert.deepEqual(codes({ version: '4' }), ['manifest-differs']);
  assert.deepEqual(codes({ root: { hash: sha256('other') } }), ['manifest-differs']);
  assert.deepEqual(codes({ name: 'other', architecture: 'arm64', version: '4' }).length, 3);
});
