import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { sha256 } from '../../model/digest.ts';
import { readDer } from '../der/read-der.ts';
import { OID } from '../pkcs7/object-identifiers.ts';
import { signedAttributes } from '../pkcs7/write-signed-data.ts';
import { imageDigest } from './image-digest.ts';
import { attachSignature, imageSignatures, withoutSignatures } from './image-signatures.ts';
import { indirectData, indirectDigest } from './indirect-data.ts';
import { OPTIONAL, SECTION } from './on-disk.ts';
import { parsePe } from './parse-pe.ts';
import { samplePe } from './sample-pe.fixture.ts';

const IMAGE = samplePe({
  headerBytes: 0x200,
  sections: [
    { name: '.text', content: Buffer.from('code') },
    { name: '.data', content: Buffer.from('data') },
  ],
});
const SIGNATURE = Buffer.from('3003020101', 'hex');

describe('test vectors of docs/development/formats/secure-boot.md', () => {
  test('digest', () =>
    assert.equal(imageDigest(IMAGE), '2d87ebee6bc53f961fcdfac6afc60d2cc84277240b5188435232e914ece79915'));
  test('content of the signature', () => {
    const content = indirectData(sha256(''));
    assert.equal(
      content.toString('hex'),
      '30683033060a2b06010401823702010f3025030100a020a21e801c003c003c003c004f00620073006f006c006500740065003e003e003e3031300d060960864801650304020105000420e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    assert.equal(indirectDigest(readDer(content)), sha256(''));
  });
  test('attributes', () => {
    assert.equal(
      signedAttributes(OID.spcIndirectData, Buffer.alloc(32)).toString('hex'),
      '314c301906092a864886f70d010903310c060a2b060104018237020104302f06092a864886f70d010904312204200000000000000000000000000000000000000000000000000000000000000000',
    );
  });
  test('the signature in its place', () => {
    const signed = attachSignature(IMAGE, SIGNATURE);
    assert.equal(signed.subarray(IMAGE.length).toString('hex'), '10000000000202003003020101000000');
    assert.equal(sha256(signed), 'e6361acc8db3c2962d34d430a7598dc7a57fea0565563e806cb4a415d9a93498');
  });
});

test('a signature changes nothing but its entry in the directories, and comes off again', () => {
  const signed = attachSignature(IMAGE, SIGNATURE);
  assert.ok(withoutSignatures(signed).equals(IMAGE));
  assert.equal(imageDigest(signed), imageDigest(IMAGE));
  assert.equal(withoutSignatures(IMAGE), IMAGE);
  assert.deepEqual(imageSignatures(IMAGE), []);
  assert.ok(imageSignatures(signed)[0]?.subarray(0, SIGNATURE.length).equals(SIGNATURE));
  assert.throws(() => attachSignature(signed, SIGNATURE), { code: 'boot-image-invalid' });
});

describe('refused, because a signature would not cover all of it', () => {
  const edited = (edit: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(attachSignature(IMAGE, SIGNATURE));
    edit(bytes);
    return bytes;
  };
  const { optionalOffset, sectionTableOffset } = parsePe(IMAGE);
  const entry = optionalOffset + OPTIONAL.certificateDirectory;
  const cases: Record<string, Buffer> = {
    'something behind the signatures': Buffer.concat([attachSignature(IMAGE, SIGNATURE), Buffer.alloc(8)]),
    'signatures inside of a section': edited((bytes) => {
      bytes.writeUInt32LE(0x200, entry);
      bytes.writeUInt32LE(bytes.length - 0x200, entry + 4);
    }),
    'signatures that are longer than the file': edited((bytes) => bytes.writeUInt32LE(0x1000, entry + 4)),
    'signatures at an odd place': edited((bytes) => {
      bytes.writeUInt32LE(bytes.length - 15, entry);
      bytes.writeUInt32LE(15, entry + 4);
    }),
    'no room for an entry': edited((bytes) => bytes.writeUInt32LE(4, optionalOffset + OPTIONAL.directoryCount)),
    'room between two sections': edited((bytes) => {
      bytes.writeUInt32LE(0x100, sectionTableOffset + SECTION.rawSize);
    }),
  };
  for (const [name, bytes] of Object.entries(cases)) {
    test(name, () => assert.throws(() => imageDigest(bytes), { code: 'boot-image-invalid' }));
  }
});

test('signatures of other kinds, and damaged lengths', () => {
  const signed = attachSignature(IMAGE, SIGNATURE);
  const other = Buffer.from(signed);
  other.writeUInt16LE(0x0ef1, IMAGE.length + 6);
  assert.deepEqual(imageSignatures(other), []);
  for (const length of [0, 8, 17, 0xffff_ffff]) {
    const damaged = Buffer.from(signed);
    damaged.writeUInt32LE(length, IMAGE.length);
    assert.deepEqual(imageSignatures(damaged), []);
  }
});
