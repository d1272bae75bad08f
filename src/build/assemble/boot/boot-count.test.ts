/** How /init counts starts and asks the loader, with the shell of this machine over variables in a folder. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';

const ASHLAR = '7f5a1d9c-52c4-4b0e-9c3e-6d2f8a4b1e70';
const LOADER = '4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';
const ROOT = 'ab'.repeat(32);

/** The functions of /init alone: without the place of the variables, which is a test's own, and without its last lines, which run it. */
const init = readFileSync(new URL('./init.sh', import.meta.url), 'utf8');
const functions = init.slice(0, init.indexOf("\ntrap 'fail")).replace(/^readonly EFI_VARIABLES=.*$/m, '');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ashlar-variables-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const variable = (name: string, vendor: string): string => join(folder, `${name}-${vendor}`);

function says(name: string, text: string): void {
  writeFileSync(variable(`Loader${name}`, LOADER), Buffer.concat([Buffer.alloc(4), Buffer.from(text, 'utf16le')]));
}

/** Runs `commands` behind the functions; `fail` prints what it was called with. */
function shell(commands: string): string {
  const script = `EFI_VARIABLES='${folder}' roothash=${ROOT}\n${functions}
efi_variables_mounted=yes
fail() { echo "failed: $1"; exit 0; }
chattr() { :; }
load() { :; }
pstore_modules=
${commands}`;
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' });
}

function count(): string | undefined {
  const path = variable('AshlarBootCount', ASHLAR);
  return existsSync(path) ? readFileSync(path).subarray(4).toString('latin1') : undefined;
}

function twoProvenEntries(): void {
  says('EntrySelected', 'web_2.0.efi\0');
  says('Entries', 'web_3.0+2-1.efi\0web_2.0.efi\0web_1.0~rc1.efi\0auto-windows\0');
}

test('text of the loader is read from UTF-16', () => {
  says('DevicePartUUID', '0A4C41CF-B6C7-440B-29BB-8C4F00112233\0');
  twoProvenEntries();
  assert.equal(shell('loader_says DevicePartUUID'), '0A4C41CF-B6C7-440B-29BB-8C4F00112233\n');
  assert.equal(shell('loader_says Entries'), 'web_3.0+2-1.efi\nweb_2.0.efi\nweb_1.0~rc1.efi\nauto-windows\n');
  assert.equal(shell('loader_says Nothing'), '');
});

test('the other entry is ours, without a counter, and not the one that runs', () => {
  twoProvenEntries();
  assert.equal(shell('other_entry'), 'web_1.0~rc1.efi\n');
  says('Entries', 'web_2.0.efi\0web_3.0+2-1.efi\0');
  assert.equal(shell('other_entry'), '');
  says('Entries', 'a%s_b$(reboot).efi\0');
  assert.equal(shell('other_entry'), '');
});

test('starts are counted for one root; the fourth takes the other entry, once', () => {
  twoProvenEntries();
  for (const expected of [1, 2, 3]) {
    assert.equal(shell('ask_loader'), '');
    assert.equal(count(), `${expected} ${ROOT}`);
  }
  assert.match(
    shell('ask_loader'),
    /^failed: this root was started 3 times .* web_1\.0~rc1\.efi is started instead\n$/,
  );
  assert.equal(count(), undefined);
  assert.deepEqual(
    readFileSync(variable('LoaderEntryOneShot', LOADER)),
    Buffer.concat([Buffer.from([7, 0, 0, 0]), Buffer.from('web_1.0~rc1.efi\0', 'utf16le')]),
  );
});

test('another root counts from one, and what is not a count is none', () => {
  twoProvenEntries();
  for (const value of [`3 ${'cd'.repeat(32)}`, '', 'x', `99 ${ROOT}`, `$(reboot) ${ROOT}`]) {
    writeFileSync(variable('AshlarBootCount', ASHLAR), `\x07\0\0\0${value}`);
    assert.equal(shell('ask_loader'), '');
    assert.equal(count(), `1 ${ROOT}`, value);
  }
});

test('nothing is written where the loader counts, or where there is nothing to go back to', () => {
  twoProvenEntries();
  says('BootCountPath', '\\EFI\\Linux\\web_2.0+2-1.efi\0');
  shell('ask_loader');
  assert.equal(count(), undefined);
  rmSync(variable('LoaderBootCountPath', LOADER));
  says('Entries', 'web_2.0.efi\0');
  shell('ask_loader');
  assert.equal(count(), undefined);
});
