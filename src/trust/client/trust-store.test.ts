import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { directoryTrustStore, memoryTrustStore, type TrustStore } from './trust-store.ts';

const scratch = mkdtempSync(join(tmpdir(), 'ashlar-store-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const STORES: Readonly<Record<string, () => TrustStore>> = {
  directory: () => directoryTrustStore(join(mkdtempSync(join(scratch, 'store-')), 'not/there/yet')),
  memory: memoryTrustStore,
};

for (const [name, open] of Object.entries(STORES)) {
  describe(`a store: ${name}`, () => {
    test('gives what was written last', () => {
      const store = open();
      assert.equal(store.read('root.json'), undefined);
      const bytes = Buffer.from('one');
      store.write('root.json', bytes);
      bytes.fill(0);
      assert.equal(store.read('root.json')?.toString(), 'one');
      store.write('root.json', Buffer.from('two'));
      assert.equal(store.read('root.json')?.toString(), 'two');
    });

    test('forgets what is removed, once or twice', () => {
      const store = open();
      store.remove('timestamp.json');
      store.write('timestamp.json', Buffer.from('one'));
      store.remove('timestamp.json');
      store.remove('timestamp.json');
      assert.equal(store.read('timestamp.json'), undefined);
    });
  });
}

test('a directory is for its owner alone, and nothing is left beside the files', () => {
  const directory = join(scratch, 'trust');
  const store = directoryTrustStore(directory);
  store.write('root.json', Buffer.from('one'));
  store.write('root.json', Buffer.from('two'));
  assert.deepEqual(readdirSync(directory), ['root.json']);
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  assert.equal(statSync(join(directory, 'root.json')).mode & 0o777, 0o600);
});
