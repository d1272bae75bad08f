import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { uuid } from '../uuid.ts';
import { encodeLoadOption, type LoadOption, parseLoadOption } from './load-option.ts';

const OPTION: LoadOption = {
  description: 'Ashlar',
  partition: { number: 1, uuid: uuid('c8b4a3f0-1122-4344-8566-778899aabbcc'), start: 2048, sectors: 1_048_576 },
  path: 'EFI/systemd/systemd-bootx64.efi',
};

test('the bytes of an option, field by field', () => {
  const bytes = encodeLoadOption(OPTION);
  const description = Buffer.from('Ashlar\0', 'utf16le');
  const path = Buffer.from('\\EFI\\systemd\\systemd-bootx64.efi\0', 'utf16le');
  assert.equal(
    bytes.toString('hex'),
    [
      '01000000', // active
      (42 + 4 + path.length + 4).toString(16).padStart(2, '0'), // bytes of the device path
      '00',
      description.toString('hex'),
      '04012a00', // media, hard drive, 42 bytes
      '01000000', // partition 1
      '0008000000000000', // from sector 2048
      '0000100000000000', // 1 Mi of them
      'f0a3b4c8221144438566778899aabbcc',
      '0202', // GPT, told by its GUID
      '0404',
      (4 + path.length).toString(16).padStart(2, '0'),
      '00',
      path.toString('hex'),
      '7fff0400',
    ].join(''),
  );
});

test('an option comes back', () => assert.deepEqual(parseLoadOption(encodeLoadOption(OPTION)), OPTION));

test('what is none of ours: inactive, cut off, with more behind it, from a network card', () => {
  const bytes = encodeLoadOption(OPTION);
  const inactive = Buffer.from(bytes);
  inactive[0] = 0;
  for (const other of [inactive, bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.from('x')]), Buffer.alloc(0)]) {
    assert.equal(parseLoadOption(other), undefined);
  }
});

test('property: no bytes make it throw', () => {
  const damaged = fc.tuple(fc.nat(200), fc.nat(255)).map(([at, value]) => {
    const bytes = encodeLoadOption(OPTION);
    bytes[at % bytes.length] = value;
    return bytes;
  });
  const any = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    damaged,
  );
  fc.assert(fc.property(any, (bytes) => void parseLoadOption(bytes)));
});
