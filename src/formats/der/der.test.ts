import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { derItems, readDer, readOneDer } from './read-der.ts';
import { DER_TAG } from './tags.ts';
import {
  derBitString,
  derBoolean,
  derContext,
  derInteger,
  derNull,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derSet,
  derTime,
  derUtf8String,
} from './write-der.ts';

describe('values as X.690 and its examples have them', () => {
  const vectors: readonly (readonly [string, Buffer, string])[] = [
    ['zero', derInteger(0), '020100'],
    ['127', derInteger(127), '02017f'],
    ['128, with a byte for the sign', derInteger(128), '02020080'],
    ['256', derInteger(256), '02020100'],
    ['a number of many bytes', derInteger(Buffer.from('00ff00', 'hex')), '020300ff00'],
    ['true', derBoolean(true), '0101ff'],
    ['null', derNull(), '0500'],
    ['{2 100 3} would be 813403; {1 2 840 113549}', derObjectIdentifier('1.2.840.113549'), '06062a864886f70d'],
    ['an octet string', derOctetString(Buffer.from('0a', 'hex')), '04010a'],
    ['a bit string with one bit', derBitString(Buffer.from([0x80]), 7), '03020780'],
    ['text', derUtf8String('é'), '0c02c3a9'],
    ['a time before 2050', derTime(new Date('2049-12-31T23:59:59Z')), '170d3439313233313233353935395a'],
    ['a time from 2050 on', derTime(new Date('2050-01-01T00:00:00Z')), '180f32303530303130313030303030305a'],
    ['an explicit tag', derContext(0, derNull()), 'a0020500'],
    ['a set, sorted', derSet(derInteger(2), derInteger(1)), '3106020101020102'],
    ['a long sequence', derSequence(Buffer.alloc(200)).subarray(0, 3), '3081c8'],
    ['a longer one', derSequence(Buffer.alloc(70_000)).subarray(0, 5), '3083011170'],
  ];
  for (const [name, value, hex] of vectors) test(name, () => assert.equal(value.toString('hex'), hex));
});

describe('what only BER allows, or nobody, is refused', () => {
  const cases: Record<string, string> = {
    nothing: '',
    'a tag alone': '30',
    'an indefinite length': '30800000',
    'a length that is not the shortest': '30810100',
    'a length with a zero before it': '3082000100',
    'a length of five bytes': '30850000000000',
    'a length that is cut off': '308201',
    'contents that are cut off': '300201',
    'a tag of two bytes': '1f810000',
  };
  for (const [name, hex] of Object.entries(cases)) {
    test(name, () => assert.throws(() => readDer(Buffer.from(hex, 'hex')), { code: 'signature-invalid' }));
  }

  test('something behind the end, or another type', () => {
    assert.throws(() => readOneDer(Buffer.from('050000', 'hex'), DER_TAG.null), { code: 'signature-invalid' });
    assert.throws(() => readOneDer(derNull(), DER_TAG.sequence), { code: 'signature-invalid' });
  });
});

test('what is written is read', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (contents) => {
      const sequence = readOneDer(derSequence(...contents.map(derOctetString)), DER_TAG.sequence);
      assert.deepEqual(
        derItems(sequence).map(({ content }) => content),
        contents.map((content) => Buffer.from(content)),
      );
    }),
  );
});
