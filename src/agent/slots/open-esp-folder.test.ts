import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openEspFolder } from './open-esp-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'esp-'));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'EFI/Linux'), { recursive: true });
const esp = openEspFolder(folder);

test('a file is written in pieces, renamed, cut to nothing and removed', async () => {
  async function* pieces(): AsyncGenerator<Buffer> {
    yield Buffer.from('one ');
    yield Buffer.from('two');
  }
  await esp.write('EFI/Linux/a.new', pieces());
  esp.sync();
  assert.equal(String(esp.read('EFI/Linux/a.new', 100)), 'one two');
  assert.equal(esp.read('EFI/Linux/a.new', 6), undefined);
  esp.rename('EFI/Linux/a.new', 'EFI/Linux/a.efi');
  esp.sync();
  assert.deepEqual(esp.list('EFI/Linux'), [{ name: 'a.efi', kind: 'file', size: 7 }]);
  esp.empty('EFI/Linux/a.efi');
  esp.sync();
  assert.deepEqual(esp.list('EFI/Linux'), [{ name: 'a.efi', kind: 'file', size: 0 }]);
  esp.remove('EFI/Linux/a.efi');
  esp.remove('EFI/Linux/a.efi');
  esp.sync();
  assert.deepEqual(esp.list('EFI/Linux'), []);
  assert.deepEqual(esp.list('EFI'), [{ name: 'Linux', kind: 'directory', size: 0 }]);
  assert.deepEqual(esp.list('EFI/none'), []);
  assert.ok(esp.free() > 0);
});

test('a name that is taken is not taken again', async () => {
  await esp.write('EFI/Linux/a', [Buffer.from('a')]);
  await esp.write('EFI/Linux/b', [Buffer.from('b')]);
  assert.throws(() => esp.rename('EFI/Linux/a', 'EFI/Linux/b'), { code: 'esp-unusable' });
  assert.equal(String(esp.read('EFI/Linux/b', 10)), 'b');
});

test('a write that fails leaves nothing', async () => {
  await assert.rejects(
    esp.write(
      'EFI/Linux/c',
      (function* () {
        yield Buffer.from('half');
        throw new Error('the source ended');
      })(),
    ),
    /the source ended/,
  );
  assert.ok(!readdirSync(join(folder, 'EFI/Linux')).includes('c'));
});

test('no path leads out of it', async () => {
  for (const path of ['../x', '/etc/x', 'EFI/../../x', '', 'EFI//x', 'a\0b']) {
    assert.throws(() => esp.remove(path), { code: 'esp-unusable' }, path);
    await assert.rejects(esp.write(path, []), { code: 'esp-unusable' }, path);
  }
});
