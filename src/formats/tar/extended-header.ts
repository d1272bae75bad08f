import type { ByteString } from '../../model/byte-string.ts';
import { NO_XATTRS } from '../../model/tree.ts';
import { parseAclText } from './acl-text.ts';
import { tarCorrupt } from './tar-error.ts';

/** The records that apply to a member by key: the global ones, then its own. */
export type PaxRecords = ReadonlyMap<string, Buffer>;

/** An attribute name is at most this long (Linux, `XATTR_NAME_MAX`). */
const MAX_XATTR_NAME_BYTES = 255;
/** An attribute value is at most this long (Linux, `XATTR_SIZE_MAX`). */
const MAX_XATTR_VALUE_BYTES = 65_536;

const SCHILY_XATTR = 'SCHILY.xattr.';
const LIBARCHIVE_XATTR = 'LIBARCHIVE.xattr.';
const SCHILY_ACLS = new Map([
  ['SCHILY.acl.access', 'system.posix_acl_access'],
  ['SCHILY.acl.default', 'system.posix_acl_default'],
]);

/**
 * The extended attributes that pax records carry: raw bytes under `SCHILY.xattr.` (star, GNU tar), base64 under
 * `LIBARCHIVE.xattr.` (used only where the former is absent), ACLs as text under `SCHILY.acl.`. Throws `tar-corrupt`.
 */
export function xattrsOf(records: PaxRecords, offset: number): ReadonlyMap<ByteString, Buffer> {
  const xattrs = new Map<ByteString, Buffer>();
  // Values are copied: a piece of a chunk would keep the whole chunk in memory for as long as the tree lives.
  for (const [key, value] of records) {
    const acl = SCHILY_ACLS.get(key);
    if (key.startsWith(SCHILY_XATTR)) {
      xattrs.set(key.slice(SCHILY_XATTR.length) as ByteString, Buffer.from(value));
    } else if (key.startsWith(LIBARCHIVE_XATTR)) {
      const name = unescaped(key.slice(LIBARCHIVE_XATTR.length)) as ByteString;
      if (!records.has(SCHILY_XATTR + name)) xattrs.set(name, Buffer.from(value.toString('latin1'), 'base64'));
    } else if (acl !== undefined && value.length > 0 && !records.has(SCHILY_XATTR + acl)) {
      xattrs.set(acl as ByteString, parseAclText(value.toString('latin1'), offset));
    }
  }
  for (const [name, value] of xattrs) {
    if (name.length === 0 || name.length > MAX_XATTR_NAME_BYTES || name.includes('\0')) {
      throw tarCorrupt('an extended attribute has a name that Linux does not allow', offset);
    }
    if (value.length > MAX_XATTR_VALUE_BYTES) {
      throw tarCorrupt(`an extended attribute is larger than ${MAX_XATTR_VALUE_BYTES} bytes`, offset);
    }
  }
  return xattrs.size === 0 ? NO_XATTRS : xattrs;
}

/** libarchive writes bytes of a name that are not plain as `%XX`. */
function unescaped(name: string): string {
  return name.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
