import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { encodePartitionTable } from '../../formats/gpt/encode-table.ts';
import { PARTITION_TYPE } from '../../formats/gpt/partition-types.ts';
import { uuid } from '../../formats/uuid.ts';
import { writeVarFiles } from './var-files.ts';

const MEBIBYTE = 1024 ** 2;
const DISK_BYTES = 64 * MEBIBYTE;
const START = 4 * MEBIBYTE;
const SIZE = 48 * MEBIBYTE;

let folder: string;
let disk: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'var-test-'));
  disk = join(folder, 'disk.raw');
  writeFileSync(disk, '');
  truncateSync(disk, DISK_BYTES);
  const id = (digit: string) => uuid(`00000000-0000-4000-8000-00000000000${digit}`);
  const partition = { type: PARTITION_TYPE.var, uuid: id('2'), label: 'var', start: START, size: SIZE, attributes: 0n };
  const file = openSync(disk, 'r+');
  const table = { diskUuid: id('1'), diskSize: DISK_BYTES, partitions: [partition] };
  for (const { offset, bytes } of Object.values(encodePartitionTable(table)))
    writeSync(file, bytes, 0, bytes.length, offset);
  closeSync(file);
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-E', `offset=${START}`, disk, `${SIZE / 1024}k`]);
});
after(() => rmSync(folder, { recursive: true }));

const debugfs = (command: string): string =>
  execFileSync('debugfs', ['-R', command, `${disk}?offset=${START}`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  }).toString();

test('files and their folders arrive, root’s, also over others, and the file system is whole', async () => {
  await writeVarFiles(disk, [{ path: 'lib/x/units/a.service', content: 'old\n' }]);
  await writeVarFiles(disk, [
    { path: 'lib/x/units/a.service', content: '[Unit]\nDescription=New\n' },
    { path: 'lib/x/units/a.service.d/50-b.conf', content: Buffer.from('[Service]\n') },
  ]);
  assert.equal(debugfs('cat /lib/x/units/a.service'), '[Unit]\nDescription=New\n');
  assert.equal(debugfs('cat /lib/x/units/a.service.d/50-b.conf'), '[Service]\n');
  assert.match(debugfs('stat /lib/x/units/a.service'), /Type: regular +Mode: +0644[\s\S]*User: +0 +Group: +0/);
  execFileSync('e2fsck', ['-fn', `${disk}?offset=${START}`], { stdio: 'ignore' });
});

test('paths that debugfs would read otherwise are refused, as is a disk without /var', async () => {
  for (const path of ['../x', 'a b', '/x', 'a;b', '-x']) {
    await assert.rejects(writeVarFiles(disk, [{ path, content: '' }]), { code: 'trial-impossible' });
  }
  const bare = join(folder, 'bare.raw');
  writeFileSync(bare, '');
  truncateSync(bare, DISK_BYTES);
  await assert.rejects(writeVarFiles(bare, [{ path: 'x', content: '' }]), { code: 'partition-table-invalid' });
});
