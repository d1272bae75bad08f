/** sbsigntool, efitools, osslsigncode and OpenSSL judge what we sign, and what they sign is judged by us. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import {
  authenticatedData,
  authenticatedTime,
  variableSignedBytes,
} from '../../src/formats/efi/authenticated-variable.ts';
import { parseSignatureLists, writeSignatureLists } from '../../src/formats/efi/signature-list.ts';
import { buildUki } from '../../src/formats/pe/build-uki.ts';
import { imageDigest } from '../../src/formats/pe/image-digest.ts';
import { samplePe } from '../../src/formats/pe/sample-pe.fixture.ts';
import { wrapSignedData } from '../../src/formats/pkcs7/write-signed-data.ts';
import { judgeBootImage } from '../../src/trust/secure-boot/judge-boot-image.ts';
import { type Enrolment, readEnrolment } from '../../src/trust/secure-boot/read-enrolment.ts';
import { readSecureBootSigner } from '../../src/trust/secure-boot/read-secure-boot-signer.ts';
import { SAMPLE_PASSPHRASE, type SampleKeys, sampleKeys } from '../../src/trust/secure-boot/sample-keys.fixture.ts';
import { signBootImage } from '../../src/trust/secure-boot/sign-boot-image.ts';
import { writeEnrolment } from '../../src/trust/secure-boot/write-enrolment.ts';
import { runInTrixie, trixieObstacle, trixieOutput, trixieTree } from './trixie.ts';

const obstacle = trixieObstacle();
const EFI = 'usr/lib/systemd/boot/efi';
/** `EFI_TIME`, and the header of the certificate behind it. */
const SIGNATURE_OFFSET = 16 + 24;

describe('reference tools', { skip: obstacle ?? false }, () => {
  let keys: SampleKeys;
  let folder: string;
  let binds: readonly string[];
  let enrolment: Enrolment;
  const images = new Map<string, Buffer>();
  const file = (name: string): string => join(folder, name);
  const key = (name: string): string => join(keys.folder, name);
  /** Whether the program is content. */
  const agrees = (...argv: string[]): boolean => runInTrixie(argv, { binds }).status === 0;
  const output = (...argv: string[]): string => trixieOutput(argv, { binds });

  before(async () => {
    keys = await sampleKeys();
    folder = mkdtempSync(join(tmpdir(), 'secure-boot-oracle-'));
    binds = [folder, keys.folder];
    const loader = readFileSync(join(trixieTree(), EFI, 'systemd-bootx64.efi'));
    images.set('loader', loader);
    // A length that is no multiple of eight: the end is padded.
    images.set('odd', Buffer.concat([loader, Buffer.from('symbols')]));
    images.set(
      'uki',
      buildUki({
        stub: readFileSync(join(trixieTree(), EFI, 'linuxx64.efi.stub')),
        linux: samplePe({ sections: [{ name: '.text', content: Buffer.from('kernel') }] }),
        initrd: Buffer.alloc(100_000, 'initrd'),
        osRelease: 'ID=minimal\n',
        commandLine: 'roothash=00',
        kernelRelease: '6.12.0',
      }),
    );
    const signer = readSecureBootSigner(keys.folder, 'db', keys.passphrase);
    for (const [name, image] of images) {
      writeFileSync(file(`${name}.efi`), image);
      writeFileSync(file(`${name}.signed.efi`), await signBootImage(image, signer));
    }
    // Revokes an image, so that there is a dbx.
    copyFileSync(file('odd.efi'), key('revoked/odd.efi'));
    await writeEnrolment({ folder: keys.folder, passphrase: keys.passphrase, now: new Date() });
    enrolment = readEnrolment(keys.folder);
    // Their tools take keys without a passphrase only.
    for (const name of ['KEK', 'db']) {
      output(
        'openssl',
        'pkey',
        '-in',
        key(`${name}.key`),
        '-passin',
        `pass:${SAMPLE_PASSPHRASE}`,
        '-out',
        file(`${name}.key`),
      );
    }
  });
  after(() => {
    keys[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });

  for (const name of ['loader', 'odd', 'uki']) {
    test(`${name}: our signature is verified by sbverify and osslsigncode`, () => {
      assert.ok(agrees('sbverify', '--cert', key('db.crt'), file(`${name}.signed.efi`)));
      assert.ok(agrees('osslsigncode', 'verify', '-CAfile', key('db.crt'), '-in', file(`${name}.signed.efi`)));
      assert.ok(!agrees('sbverify', '--cert', key('KEK.crt'), file(`${name}.signed.efi`)));
    });

    test(`${name}: altered, it is refused by them`, () => {
      const altered = readFileSync(file(`${name}.signed.efi`));
      altered[0x1000]! ^= 1;
      writeFileSync(file('altered.efi'), altered);
      assert.ok(!agrees('sbverify', '--cert', key('db.crt'), file('altered.efi')));
      assert.equal(judgeBootImage(altered, enrolment).kind, 'refused');
    });

    test(`${name}: what is signed is the digest that efitools computes`, () => {
      output('hash-to-efi-sig-list', file(`${name}.efi`), file('digest.esl'));
      const [entry] = parseSignatureLists(readFileSync(file('digest.esl')));
      assert.equal(entry?.kind === 'image' && entry.digest.toString('hex'), imageDigest(images.get(name)!));
    });

    test(`${name}: signed by sbsign and by osslsigncode, it is accepted by us`, () => {
      const { allowed } = enrolment;
      output(
        'sbsign',
        '--key',
        file('db.key'),
        '--cert',
        key('db.crt'),
        '--output',
        file('theirs.efi'),
        file(`${name}.efi`),
      );
      assert.equal(judgeBootImage(readFileSync(file('theirs.efi')), { allowed, forbidden: [] }).kind, 'accepted');
      rmSync(file('theirs.efi'));
      const pair = ['-key', file('db.key'), '-certs', key('db.crt'), '-h', 'sha256'];
      output('osslsigncode', 'sign', ...pair, '-in', file(`${name}.efi`), '-out', file('theirs.efi'));
      assert.equal(judgeBootImage(readFileSync(file('theirs.efi')), { allowed, forbidden: [] }).kind, 'accepted');
      rmSync(file('theirs.efi'));
    });
  }

  test('the certificates are ones that OpenSSL finds nothing wrong with', () => {
    for (const name of ['PK', 'KEK', 'db']) {
      assert.match(
        output(
          'openssl',
          'verify',
          '-x509_strict',
          '-partial_chain',
          '-CAfile',
          key(`${name}.crt`),
          key(`${name}.crt`),
        ),
        /OK/,
      );
      assert.match(output('openssl', 'x509', '-in', key(`${name}.crt`), '-noout', '-text'), /Digital Signature/);
    }
  });

  test('a list of ours is that of cert-to-efi-sig-list', () => {
    const [entry] = enrolment.allowed;
    output('cert-to-efi-sig-list', '-g', entry!.owner, key('db.crt'), file('db.esl'));
    assert.deepEqual(readFileSync(file('db.esl')), writeSignatureLists([entry!]));
  });

  for (const [name, by] of [
    ['PK', 'PK'],
    ['KEK', 'PK'],
    ['db', 'KEK'],
    ['dbx', 'KEK'],
  ] as const) {
    test(`${name}.auth: OpenSSL verifies the signature of ${by} over what the specification says`, () => {
      const bytes = enrolment.files.get(`${name}.auth`)!;
      const data = authenticatedData(bytes);
      const signature = bytes.subarray(SIGNATURE_OFFSET, bytes.length - data.length);
      writeFileSync(file('signed'), variableSignedBytes({ variable: name, time: authenticatedTime(bytes), data }));
      writeFileSync(file('signature.p7s'), wrapSignedData(Buffer.from(signature)));
      const verify = (certificate: string): boolean =>
        agrees(
          ...['openssl', 'smime', '-verify', '-binary', '-inform', 'DER', '-in', file('signature.p7s')],
          ...['-content', file('signed'), '-purpose', 'any', '-partial_chain', '-CAfile', key(certificate)],
        );
      assert.ok(verify(`${by}.crt`));
      assert.ok(!verify('db.crt'));
    });
  }

  test('db.auth is what sign-efi-sig-list writes, but for the wrapping of the signature', () => {
    const ours = enrolment.files.get('db.auth')!;
    const time = authenticatedTime(ours).toISOString().slice(0, 19).replace('T', ' ');
    writeFileSync(file('db.esl'), authenticatedData(ours));
    const signing = ['-k', file('KEK.key'), '-c', key('KEK.crt'), 'db', file('db.esl'), file('db.auth')];
    output('env', 'TZ=UTC', 'sign-efi-sig-list', '-t', time, ...signing);
    const theirs = readFileSync(file('db.auth'));
    assert.deepEqual(theirs.subarray(0, 16), ours.subarray(0, 16));
    assert.deepEqual(authenticatedData(theirs), authenticatedData(ours));
  });
});
