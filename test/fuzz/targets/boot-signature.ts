import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { imageSignatures } from '../../../src/formats/pe/image-signatures.ts';
import { certificateNames } from '../../../src/formats/pkcs7/certificate.ts';
import { readSignedData } from '../../../src/formats/pkcs7/read-signed-data.ts';
import { NIL_UUID } from '../../../src/formats/uuid.ts';
import { judgeBootImage } from '../../../src/trust/secure-boot/judge-boot-image.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

/** Signed by a key that is gone; what counts is its form. */
const SIGNED = gunzipSync(readFileSync(new URL('../signed-images/sample.efi.gz', import.meta.url)));

/** A signed boot image: its signatures, their certificates, and whether firmware that trusts all of these would start it. */
const target: FuzzTarget = {
  name: 'boot-signature',
  seeds: () => [SIGNED],
  run(input) {
    const certificates = imageSignatures(input).flatMap((signature) => readSignedData(signature)?.certificates ?? []);
    for (const certificate of certificates) certificateNames(certificate);
    const allowed = certificates.map((certificate) => ({ kind: 'certificate', owner: NIL_UUID, certificate }) as const);
    judgeBootImage(input, { allowed, forbidden: [] });
    judgeBootImage(input, { allowed, forbidden: allowed });
  },
};

export default target;
