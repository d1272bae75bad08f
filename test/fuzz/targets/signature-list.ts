import {
  authenticatedData,
  authenticatedTime,
  writeAuthenticatedVariable,
} from '../../../src/formats/efi/authenticated-variable.ts';
import { parseSignatureLists, writeSignatureLists } from '../../../src/formats/efi/signature-list.ts';
import { NIL_UUID } from '../../../src/formats/uuid.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const LISTS = writeSignatureLists([
  { kind: 'certificate', owner: NIL_UUID, certificate: Buffer.from('30030101ff', 'hex') },
  { kind: 'image', owner: NIL_UUID, digest: Buffer.alloc(32, 1) },
  { kind: 'certificate-digest', owner: NIL_UUID, digest: Buffer.alloc(32, 2) },
]);

/** A database of Secure Boot in a signed variable, as a file of keys holds it. */
const target: FuzzTarget = {
  name: 'signature-list',
  seeds: () => [
    writeAuthenticatedVariable({ variable: 'db', time: new Date(0), data: LISTS }, Buffer.from('signature')),
    writeAuthenticatedVariable({ variable: 'dbx', time: new Date(0), data: Buffer.alloc(0) }, Buffer.alloc(100)),
  ],
  run(input) {
    authenticatedTime(input);
    writeSignatureLists(parseSignatureLists(authenticatedData(input)));
  },
};

export default target;
