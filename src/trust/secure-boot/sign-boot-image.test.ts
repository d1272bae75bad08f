import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test, { after, before, describe } from 'node:test';
import fc from 'fast-check';
import { buildUki } from '../../formats/pe/build-uki.ts';
import { imageDigest } from '../../formats/pe/image-digest.ts';
import { attachSignature, imageSignatures, withoutSignatures } from '../../formats/pe/image-signatures.ts';
import { OPTIONAL } from '../../formats/pe/on-disk.ts';
import { parsePe } from '../../formats/pe/parse-pe.ts';
import { samplePe } from '../../formats/pe/sample-pe.fixture.ts';
import { certificateNames } from '../../formats/pkcs7/certificate.ts';
import { sha256 } from '../../model/digest.ts';
import { judgeBootImage, type SecureBootDatabases } from './judge-boot-image.ts';
import { type Enrolment, readEnrolment } from './read-enrolment.ts';
import { readSecureBootSigner } from './read-secure-boot-signer.ts';
import { type SampleKeys, sampleKeys } from './sample-keys.fixture.ts';
import type { SecureBootSigner } from './secure-boot-signer.ts';
import { signBootImage } from './sign-boot-image.ts';

const IMAGE = buildUki({
  stub: samplePe({
    sections: [
      { name: '.text', content: Buffer.from('stub') },
      { name: '.sbat', content: Buffer.from('sbat,1,SBAT Version,sbat,1,x\nsystemd-stub,1,systemd\n\0') },
    ],
  }),
  linux: samplePe({ sections: [{ name: '.text', content: Buffer.from('kernel') }] }),
  initrd: randomBytes(3000),
  osRelease: 'ID=minimal\n',
  commandLine: 'roothash=00',
  kernelRelease: '6.12.0',
});

let ours: SampleKeys;
let theirs: SampleKeys;
let signer: SecureBootSigner;
let stranger: SecureBootSigner;
let enrolment: Enrolment;
let signed: Buffer;
before(async () => {
  [ours, theirs] = await Promise.all([sampleKeys('Ours'), sampleKeys('Theirs')]);
  signer = readSecureBootSigner(ours.folder, 'db', ours.passphrase);
  stranger = readSecureBootSigner(theirs.folder, 'db', theirs.passphrase);
  enrolment = readEnrolment(ours.folder);
  signed = await signBootImage(IMAGE, signer);
});
after(() => {
  ours[Symbol.dispose]();
  theirs[Symbol.dispose]();
});

const reasonOf = (image: Buffer, databases: SecureBootDatabases = enrolment): string => {
  const verdict = judgeBootImage(image, databases);
  return verdict.kind === 'refused' ? verdict.reason : verdict.kind;
};

test('a signed image is accepted, and without its signature it is what it was', () => {
  assert.deepEqual(judgeBootImage(signed, enrolment), { kind: 'accepted', by: 'Ours db' });
  assert.ok(withoutSignatures(signed).equals(IMAGE));
  assert.equal(imageDigest(signed), imageDigest(IMAGE));
  assert.equal(imageSignatures(signed).length, 1);
});

test('signing again gives the same bytes', async () => {
  assert.ok((await signBootImage(IMAGE, signer)).equals(signed));
});

test('an image whose length is no multiple of eight is padded', async () => {
  const odd = Buffer.concat([IMAGE, Buffer.from('sym')]);
  const image = await signBootImage(odd, signer);
  assert.equal(reasonOf(image), 'accepted');
  assert.ok(withoutSignatures(image).subarray(0, odd.length).equals(odd));
});

describe('refused', () => {
  test('an unsigned image', () => assert.equal(reasonOf(IMAGE), 'it is not signed'));

  test('a signature of a key that is not enrolled', async () => {
    assert.match(reasonOf(await signBootImage(IMAGE, stranger)), /“Theirs db”, which is not enrolled/);
  });

  test('every byte that is changed, but for the checksum, which nobody looks at', () => {
    const checksum = parsePe(signed).optionalOffset + OPTIONAL.checksum;
    fc.assert(
      fc.property(fc.nat(IMAGE.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bytes = Buffer.from(signed);
        bytes[at] = bytes[at]! ^ change;
        const verdict = judgeBootImage(bytes, enrolment).kind;
        assert.equal(verdict, at >= checksum && at < checksum + 4 ? 'accepted' : 'refused');
      }),
      { numRuns: 300 },
    );
  });

  test('another command line in a signed image', () => {
    const bytes = Buffer.from(signed);
    bytes.write('roothash=11', bytes.indexOf('roothash=00'));
    assert.equal(reasonOf(bytes), 'it was altered after it was signed');
  });

  test('the signature of another image', async () => {
    const other = Buffer.from(IMAGE);
    other[other.length - 1]! ^= 1;
    const [signature] = imageSignatures(await signBootImage(other, signer));
    assert.equal(reasonOf(attachSignature(IMAGE, signature!)), 'it was altered after it was signed');
  });

  test('a signature that is damaged', () => {
    const [signature] = imageSignatures(signed);
    for (let at = 0; at < signature!.length; at += 7) {
      const damaged = Buffer.from(signature!);
      damaged[at]! ^= 0x10;
      assert.equal(judgeBootImage(attachSignature(IMAGE, damaged), { ...enrolment, allowed: [] }).kind, 'refused');
      // The last bytes may be padding, which is no part of the signature.
      if (at > signature!.length - 200 && at < signature!.length - 8) {
        assert.equal(judgeBootImage(attachSignature(IMAGE, damaged), enrolment).kind, 'refused');
      }
    }
  });

  test('what is revoked: the image, the certificate, the certificate by its hash', () => {
    const owner = enrolment.allowed[0]!.owner;
    const digest = Buffer.from(imageDigest(IMAGE), 'hex');
    const certificateDigest = Buffer.from(sha256(certificateNames(signer.certificate).signedPart), 'hex');
    assert.match(reasonOf(signed, { ...enrolment, forbidden: [{ kind: 'image', owner, digest }] }), /revoked images/);
    for (const entry of [
      { kind: 'certificate', owner, certificate: signer.certificate },
      { kind: 'certificate-digest', owner, digest: certificateDigest },
    ] as const) {
      assert.match(reasonOf(signed, { ...enrolment, forbidden: [entry] }), /“Ours db” is revoked/);
    }
  });

  test('what is no boot image at all', () => assert.match(reasonOf(randomBytes(4096)), /no valid boot image/));
});

test('an image that is listed by its digest needs no signature', () => {
  const owner = enrolment.allowed[0]!.owner;
  const digest = Buffer.from(imageDigest(IMAGE), 'hex');
  assert.equal(reasonOf(IMAGE, { allowed: [{ kind: 'image', owner, digest }], forbidden: [] }), 'accepted');
});

test('an image is signed once', async () => {
  await assert.rejects(signBootImage(signed, signer), { code: 'boot-image-invalid' });
});

test('arbitrary changes of the headers and of the signature never do more than refuse', () => {
  const table = signed.length - 1400;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.oneof(fc.nat(0x400), fc.integer({ min: table, max: signed.length - 1 })), fc.nat(255)), {
        minLength: 1,
        maxLength: 6,
      }),
      (edits) => {
        const bytes = Buffer.from(signed);
        for (const [at, value] of edits) bytes[at] = value;
        assert.ok(['accepted', 'refused'].includes(judgeBootImage(bytes, enrolment).kind));
      },
    ),
    { numRuns: 500 },
  );
});
