import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { uuid } from '../uuid.ts';
import {
  authenticatedData,
  authenticatedTime,
  variableSignedBytes,
  writeAuthenticatedVariable,
} from './authenticated-variable.ts';
import { parseSignatureLists, type SignatureEntry, writeSignatureLists } from './signature-list.ts';

const OWNER = uuid('11223344-5566-7788-99aa-bbccddeeff00');
const OWNER_BYTES = '4433221166558877' + '99aabbccddeeff00';
const ENTRIES: readonly SignatureEntry[] = [
  { kind: 'certificate', owner: OWNER, certificate: Buffer.from('3000', 'hex') },
  { kind: 'image', owner: OWNER, digest: Buffer.alloc(32, 1) },
  { kind: 'certificate-digest', owner: OWNER, digest: Buffer.alloc(32, 2) },
];

test('a list, byte for byte (UEFI 2.10 §32.4.1)', () => {
  assert.equal(
    writeSignatureLists(ENTRIES.slice(0, 1)).toString('hex'),
    `a159c0a5e494a74a87b5ab155c2bf072${'2e000000'}${'00000000'}${'12000000'}${OWNER_BYTES}3000`,
  );
});

test('lists are read as they were written', () => {
  assert.deepEqual(parseSignatureLists(writeSignatureLists(ENTRIES)), ENTRIES);
  assert.deepEqual(parseSignatureLists(Buffer.alloc(0)), []);
});

test('a list with several entries and a header, and one of a type that is not known', () => {
  const list = (type: string, header: string, entries: readonly string[]): Buffer => {
    const sizes = Buffer.alloc(12);
    const size = entries[0]!.length / 2;
    sizes.writeUInt32LE(28 + header.length / 2 + entries.length * size);
    sizes.writeUInt32LE(header.length / 2, 4);
    sizes.writeUInt32LE(size, 8);
    return Buffer.concat([Buffer.from(type, 'hex'), sizes, Buffer.from(header + entries.join(''), 'hex')]);
  };
  const digests = ['aa', 'bb'].map((byte) => OWNER_BYTES + byte.repeat(32));
  const unknown = list('00'.repeat(16), '', ['00'.repeat(20)]);
  const two = list('2616c4c14c509240aca941f936934328', 'ffff', digests);
  assert.deepEqual(
    parseSignatureLists(Buffer.concat([unknown, two])),
    ['aa', 'bb'].map((byte) => ({ kind: 'image', owner: OWNER, digest: Buffer.from(byte.repeat(32), 'hex') })),
  );
});

test('arbitrary changes and cuts are read or refused, without going beyond the bytes', () => {
  const good = writeSignatureLists(ENTRIES);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }),
      fc.nat(good.length),
      (edits, cut) => {
        const bytes = Buffer.from(good.subarray(0, cut));
        for (const [at, value] of edits) if (at < cut) bytes[at] = value;
        try {
          parseSignatureLists(bytes);
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'signature-invalid');
        }
      },
    ),
  );
});

const UPDATE = { variable: 'db', time: new Date('2026-03-04T05:06:07.890Z'), data: Buffer.from('data') } as const;
const TIME = 'ea070304050607' + '00'.repeat(9);

test('what is signed of a variable (UEFI 2.10 §8.2.6)', () => {
  assert.equal(
    variableSignedBytes(UPDATE).toString('hex'),
    `64006200${'cbb219d73a3d9645a3bcdad00e67656f'}27000000${TIME}${Buffer.from('data').toString('hex')}`,
  );
});

test('a signed variable: time, certificate, data', () => {
  const bytes = writeAuthenticatedVariable(UPDATE, Buffer.from('signature'));
  const header = `21000000${'0002'}${'f10e'}${'9dd2af4adf68ee498aa9347d375665a7'}`;
  assert.equal(bytes.toString('hex'), TIME + header + Buffer.from('signaturedata').toString('hex'));
  assert.deepEqual(authenticatedData(bytes), UPDATE.data);
  assert.equal(authenticatedTime(bytes).toISOString(), '2026-03-04T05:06:07.000Z');
  for (const length of [0, 20, 48]) {
    assert.throws(() => authenticatedData(bytes.subarray(0, length)), { code: 'signature-invalid' });
  }
});
