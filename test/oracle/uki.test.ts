import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { buildUki } from '../../src/formats/pe/build-uki.ts';
import { parsePe, sectionContent } from '../../src/formats/pe/parse-pe.ts';
import { trixieObstacle, trixieOutput, trixieTree } from './trixie.ts';

const obstacle = trixieObstacle() ?? (process.arch === 'x64' ? undefined : 'the tree has the x86-64 stub');
const EFI = 'usr/lib/systemd/boot/efi';

describe('a UKI of Debian’s stub', { skip: obstacle ?? false }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'ashlar-oracle-uki-'));
  after(() => rmSync(directory, { recursive: true }));
  const binds = [directory];
  const file = (name: string): string => join(directory, name);

  const texts = {
    osRelease: 'ID=minimal\nIMAGE_ID=minimal\nIMAGE_VERSION=1.0.0\n',
    commandLine: 'roothash=0123456789abcdef panic=5 quiet',
    kernelRelease: '6.12.117+deb13-cloud-amd64',
  };
  const initrd = Buffer.alloc(1_000_001, 'an initrd ');
  let uki: Buffer;

  before(() => {
    const stub = readFileSync(join(trixieTree(), EFI, 'linuxx64.efi.stub'));
    // Any EFI program serves as the kernel of this test, and this one has revocation entries to be joined.
    const linux = readFileSync(join(trixieTree(), EFI, 'systemd-bootx64.efi'));
    uki = buildUki({ stub, linux, initrd, ...texts });
    for (const [name, bytes] of Object.entries({ stub, linux, initrd, uki })) writeFileSync(file(name), bytes);
    writeFileSync(file('os-release'), texts.osRelease);
  });

  test('is what ukify makes, byte for byte', () => {
    trixieOutput(
      [
        'ukify',
        'build',
        `--stub=${file('stub')}`,
        `--linux=${file('linux')}`,
        `--initrd=${file('initrd')}`,
        `--os-release=@${file('os-release')}`,
        `--cmdline=${texts.commandLine}`,
        `--uname=${texts.kernelRelease}`,
        `--output=${file('theirs')}`,
      ],
      { binds },
    );
    assert.ok(readFileSync(file('theirs')).equals(uki));
  });

  test('is read by ukify inspect', () => {
    const sections = JSON.parse(trixieOutput(['ukify', 'inspect', file('uki'), '--json=short'], { binds }));
    assert.equal(sections['.cmdline'].text, texts.commandLine);
    assert.equal(sections['.uname'].text, texts.kernelRelease);
    assert.equal(sections['.osrel'].text.trim(), texts.osRelease.trim());
    assert.equal(sections['.initrd'].size, initrd.length);
  });

  test('has the sections that objdump sees', () => {
    const output = trixieOutput(['objdump', '-h', file('uki')], { binds });
    const theirs = [...output.matchAll(/^ +\d+ (\S+) +([0-9a-f]{8}) +([0-9a-f]{16}) +\S+ +([0-9a-f]{8})/gm)].map(
      ([, name, size, , offset]) => [name, Number.parseInt(size!, 16), Number.parseInt(offset!, 16)],
    );
    const ours = parsePe(uki).sections.map((section) => [
      section.name,
      sectionContent(uki, section).length,
      section.rawOffset,
    ]);
    assert.deepEqual(ours, theirs);
  });

  test('is recognised by bootctl', () => {
    assert.equal(trixieOutput(['bootctl', 'kernel-identify', file('uki')], { binds }).trim(), 'uki');
    assert.match(trixieOutput(['bootctl', 'kernel-inspect', file('uki')], { binds }), /Version: 6\.12\.117/);
  });
});
