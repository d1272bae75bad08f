import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { sha256 } from '../../model/digest.ts';
import { buildUki, type UkiParts } from './build-uki.ts';
import { NX_COMPAT, PE_MACHINE } from './on-disk.ts';
import { parsePe, sectionContent } from './parse-pe.ts';
import { samplePe } from './sample-pe.fixture.ts';

const STUB_SBAT = Buffer.from('sbat,1,SBAT Version,sbat,1,https://example.org\nsystemd-stub,1,systemd\n\0');
const KERNEL = samplePe({ sections: [{ name: '.text', content: Buffer.from('kernel') }] });
const STUB_SECTIONS = [
  { name: '.text', content: Buffer.from('stub code') },
  { name: '.sbat', content: STUB_SBAT },
  { name: '.reloc', content: Buffer.alloc(12) },
];
const PARTS: UkiParts = {
  stub: samplePe({ sections: STUB_SECTIONS }),
  linux: KERNEL,
  initrd: Buffer.alloc(5000, 'initrd'),
  osRelease: 'ID=minimal\nIMAGE_VERSION=1.0.0\n',
  commandLine: 'roothash=00 panic=5',
  kernelRelease: '6.12.117-cloud-amd64',
};

function contents(uki: Buffer): Map<string, Buffer> {
  return new Map(parsePe(uki).sections.map((section) => [section.name, sectionContent(uki, section)]));
}

describe('a UKI', () => {
  const uki = buildUki(PARTS);

  test('has the sections in the order of the specification, each with its exact content', () => {
    const found = contents(uki);
    assert.deepEqual(
      [...found.keys()],
      ['.text', '.sbat', '.reloc', '.osrel', '.cmdline', '.uname', '.linux', '.initrd'],
    );
    assert.equal(found.get('.osrel')?.toString(), PARTS.osRelease);
    assert.equal(found.get('.cmdline')?.toString(), PARTS.commandLine);
    assert.equal(found.get('.uname')?.toString(), PARTS.kernelRelease);
    assert.ok(found.get('.linux')?.equals(KERNEL));
    assert.ok(found.get('.initrd')?.equals(PARTS.initrd));
  });

  test('places sections on pages in memory and on the file alignment', () => {
    const { sections, sizeOfImage, fileAlignment } = parsePe(uki);
    for (const { virtualAddress, rawOffset, rawSize } of sections) {
      assert.equal(virtualAddress % 4096, 0);
      assert.equal(rawOffset % fileAlignment, 0);
      assert.equal(rawSize % fileAlignment, 0);
    }
    assert.equal(sizeOfImage % 4096, 0);
    assert.equal(uki.length, sections.at(-1)!.rawOffset + sections.at(-1)!.rawSize);
  });

  test('joins the revocation entries of stub and kernel', () => {
    const linux = samplePe({
      sections: [{ name: '.sbat', content: Buffer.from('sbat,1,SBAT Version,sbat,1,x\nlinux,1,Debian\n') }],
    });
    const sbat = contents(buildUki({ ...PARTS, linux }))
      .get('.sbat')
      ?.toString();
    assert.deepEqual(
      sbat?.split('\n').map((line) => line.split(',')[0]),
      ['sbat', 'systemd-stub', 'linux', 'uki', '\0'],
    );
  });

  test('promises non-executable data only when the kernel keeps to it', () => {
    const linux = samplePe({ dllCharacteristics: 0, sections: [] });
    assert.equal(parsePe(buildUki({ ...PARTS, linux })).dllCharacteristics & NX_COMPAT, 0);
    assert.equal(parsePe(uki).dllCharacteristics & NX_COMPAT, NX_COMPAT);
  });

  test('test vector of docs/development/formats/uki.md', () =>
    assert.equal(sha256(uki), '03cf4aa7c2414d59c19a48db8ab8484a75e9e9fb0cbad7e4e7d6ab34df47927b'));
});

describe('refused', () => {
  const cases: Record<string, Partial<UkiParts>> = {
    'a signed stub': { stub: samplePe({ signed: true, sections: STUB_SECTIONS }) },
    'a stub without room for headers': { stub: samplePe({ headerBytes: 0x200, sections: STUB_SECTIONS }) },
    'a stub without .sbat': { stub: samplePe({ sections: [] }) },
    'a stub of another machine': { stub: samplePe({ machine: PE_MACHINE.arm64, sections: STUB_SECTIONS }) },
    'a UKI as stub': { stub: buildUki({ ...PARTS, stub: samplePe({ headerBytes: 0x800, sections: STUB_SECTIONS }) }) },
    'a kernel that is no EFI image': { linux: Buffer.from('not a kernel') },
    'an empty initrd': { initrd: Buffer.alloc(0) },
  };
  for (const [name, part] of Object.entries(cases)) {
    test(name, () => assert.throws(() => buildUki({ ...PARTS, ...part }), { code: 'boot-image-invalid' }));
  }
});

test('every cut and arbitrary changes of an image are parsed or refused', () => {
  const good = buildUki(PARTS);
  const parseOrRefuse = (bytes: Buffer): void => {
    try {
      for (const section of parsePe(bytes).sections) sectionContent(bytes, section);
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'boot-image-invalid');
    }
  };
  for (let length = 0; length < 0x600; length += 3) parseOrRefuse(good.subarray(0, length));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(0x300), fc.nat(255)), { minLength: 1, maxLength: 8 }), (edits) => {
      const bytes = Buffer.from(good);
      for (const [at, value] of edits) bytes[at] = value;
      parseOrRefuse(bytes);
    }),
  );
});
