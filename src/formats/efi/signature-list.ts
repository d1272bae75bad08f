import { AshlarError } from '../../model/error.ts';
import { swapGuid, type Uuid, uuidBytes, uuidFromBytes } from '../uuid.ts';

/** An entry of a signature database: what is allowed (in `db`) or forbidden (in `dbx`), and who put it there. */
export type SignatureEntry =
  | { readonly kind: 'certificate'; readonly owner: Uuid; readonly certificate: Buffer }
  /** One image, by the digest that a signature of it would be over. */
  | { readonly kind: 'image'; readonly owner: Uuid; readonly digest: Buffer }
  /** A certificate by the SHA-256 of its signed part. */
  | { readonly kind: 'certificate-digest'; readonly owner: Uuid; readonly digest: Buffer };

/** Types of a list (UEFI 2.10 §32.4.1). */
const TYPE = {
  x509: 'a5c059a1-94e4-4aa7-87b5-ab155c2bf072' as Uuid,
  sha256: 'c1c41626-504c-4092-aca9-41f936934328' as Uuid,
  x509Sha256: '3bd2a492-96c0-4079-b420-fcf98ef103ed' as Uuid,
} as const;

/** GUID, then the sizes of the list, of its header and of each entry. */
const HEADER_BYTES = 28;
const OWNER_BYTES = 16;
const SHA256_BYTES = 32;
/** Firmware has some hundred KiB for all its variables. */
const MAX_DATABASE_BYTES = 1 << 20;

/** The lists (`EFI_SIGNATURE_LIST`) of `entries`, as a database holds them: one list each, because certificates differ in size. */
export function writeSignatureLists(entries: readonly SignatureEntry[]): Buffer {
  return Buffer.concat(entries.map(writeList));
}

/** Reads the contents of `PK`, `KEK`, `db` or `dbx`. Entries of other types are left out. Throws `signature-invalid`. */
export function parseSignatureLists(bytes: Buffer): SignatureEntry[] {
  if (bytes.length > MAX_DATABASE_BYTES) throw invalid(`it has ${bytes.length} bytes`);
  const entries: SignatureEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < HEADER_BYTES) throw invalid('a list is cut off');
    const type = uuidFromBytes(swapGuid(bytes.subarray(at, at + OWNER_BYTES)));
    const size = bytes.readUInt32LE(at + 16);
    const headerSize = bytes.readUInt32LE(at + 20);
    const entrySize = bytes.readUInt32LE(at + 24);
    const room = size - HEADER_BYTES - headerSize;
    const sane = size <= bytes.length - at && room >= 0 && entrySize > OWNER_BYTES && room % entrySize === 0;
    if (!sane) throw invalid('the sizes of a list do not fit');
    for (let entry = at + HEADER_BYTES + headerSize; entry < at + size; entry += entrySize) {
      const found = parseEntry(type, bytes.subarray(entry, entry + entrySize));
      if (found !== undefined) entries.push(found);
    }
    at += size;
  }
  return entries;
}

function writeList(entry: SignatureEntry): Buffer {
  const { type, data } = listed(entry);
  const header = Buffer.alloc(HEADER_BYTES);
  guidBytes(type).copy(header);
  header.writeUInt32LE(HEADER_BYTES + OWNER_BYTES + data.length, 16);
  header.writeUInt32LE(OWNER_BYTES + data.length, 24);
  return Buffer.concat([header, guidBytes(entry.owner), data]);
}

function listed(entry: SignatureEntry): { readonly type: Uuid; readonly data: Buffer } {
  switch (entry.kind) {
    case 'certificate':
      return { type: TYPE.x509, data: entry.certificate };
    case 'image':
      return { type: TYPE.sha256, data: entry.digest };
    case 'certificate-digest':
      // `EFI_CERT_X509_SHA256`: the hash, and a time from which on it is revoked; zero is always.
      return { type: TYPE.x509Sha256, data: Buffer.concat([entry.digest, Buffer.alloc(16)]) };
  }
}

function parseEntry(type: Uuid, bytes: Buffer): SignatureEntry | undefined {
  const owner = uuidFromBytes(swapGuid(bytes.subarray(0, OWNER_BYTES)));
  const data = bytes.subarray(OWNER_BYTES);
  switch (type) {
    case TYPE.x509:
      return { kind: 'certificate', owner, certificate: data };
    case TYPE.sha256:
      return data.length === SHA256_BYTES ? { kind: 'image', owner, digest: data } : undefined;
    case TYPE.x509Sha256:
      return data.length < SHA256_BYTES
        ? undefined
        : { kind: 'certificate-digest', owner, digest: data.subarray(0, SHA256_BYTES) };
    default:
      return undefined;
  }
}

function guidBytes(id: Uuid): Buffer {
  return swapGuid(uuidBytes(id));
}

function invalid(why: string): AshlarError {
  return new AshlarError('signature-invalid', `A Secure Boot database does not follow its format: ${why}.`, {
    hint: 'The firmware gave it, or a file was damaged.',
  });
}
