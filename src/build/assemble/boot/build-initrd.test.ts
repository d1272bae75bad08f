import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseCpio } from '../../../formats/cpio/parse-cpio.ts';
import type { FileContent } from '../../../model/tree.ts';
import { APPLETS, buildInitrd } from './build-initrd.ts';
import { SAMPLE_RELEASE, sampleTree } from './sample-kernel.ts';

const init = readFileSync(new URL('./init.sh', import.meta.url), 'utf8');
/** A program without libraries: an ELF header and nothing else. */
const program = Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), Buffer.alloc(57)]);
const readContent = (content: FileContent): Buffer => {
  assert.ok(content.kind === 'bytes');
  return content.bytes;
};
const files = { 'usr/sbin/dmsetup': program, 'usr/bin/partx': program, 'usr/bin/chattr': program };
const parts = {
  tree: sampleTree(files),
  readContent,
  architecture: 'amd64',
  kernelRelease: SAMPLE_RELEASE,
  busybox: Buffer.from('busybox'),
} as const;

test('holds the script, busybox, the programs and the modules of the plan', () => {
  const entries = new Map(parseCpio(buildInitrd(parts)).map((entry) => [String(entry.path), entry]));
  for (const path of ['init', 'modules.sh', 'usr/bin/busybox', 'usr/bin/dmsetup', 'usr/lib/modules/dm_verity.ko']) {
    assert.equal(entries.get(path)?.type, 'file', path);
  }
  assert.equal(entries.get('usr/lib/modules/soundcore.ko'), undefined);
  assert.equal(entries.get('sysroot')?.type, 'directory');
  assert.equal(entries.get('bin')?.type, 'symlink');
});

test('gives the same bytes twice', () => {
  assert.ok(buildInitrd(parts).equals(buildInitrd({ ...parts, tree: sampleTree(files) })));
});

test('says which file the system lacks', () => {
  const tree = sampleTree({ ...files, 'usr/sbin/dmsetup': 'a script' });
  assert.throws(() => buildInitrd({ ...parts, tree }), { code: 'elf-invalid' });
  const lacking = sampleTree({ 'usr/bin/partx': program, 'usr/bin/chattr': program });
  assert.throws(() => buildInitrd({ ...parts, tree: lacking }), {
    code: 'boot-file-missing',
    message: /usr\/sbin\/dmsetup/,
  });
});

test('/init is a script that a shell can read', () => {
  execFileSync('sh', ['-n', '-c', init]);
});

test('/init calls nothing that the initrd does not have', () => {
  const own = [...init.matchAll(/^([a-z_][a-z0-9_]*)\(\)/gm)].map(([, name]) => name);
  const builtins = 'set readonly trap exit return export read echo printf cd exec shift break continue kill'.split(' ');
  const known = new Set<string | undefined>([...own, ...builtins, ...APPLETS, 'dmsetup', 'partx', 'chattr']);
  const fromScript = ['accelerators_for', 'want_driver_for', 'modules_of'];
  for (const name of fromScript) known.add(name);
  // The first word of every command: at the start of a line, after `;`, `|`, `&&`, `$(`, `then`, `do`, `{`.
  const code = init
    .replace(/(^|\s)#\s.*$/gm, '')
    .replace(/\$\(\([^)]*\)\)/g, '0')
    .replace(/'[^']*'/g, "''")
    .replace(/"(?:(?!\$\()[^"])*"/g, '""');
  const commands = [
    ...code.matchAll(/(?:^|[;|&({]|\bthen|\bdo|\belse|\bif|\buntil|!)\s*([a-z_][a-z0-9_-]*)(?= |$|;|\))/gm),
  ].map(([, word]) => word!);
  const keywords = new Set('if then else elif fi for do done while until case esac in'.split(' '));
  const unknown = new Set(commands.filter((word) => !known.has(word) && !keywords.has(word)));
  assert.deepEqual([...unknown], []);
});
