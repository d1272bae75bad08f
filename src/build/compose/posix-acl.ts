import type { IdMap } from './accounts-text.ts';

/** Linux, `include/uapi/linux/posix_acl_xattr.h`: a version, then entries of tag, permissions and id, all little-endian. */
const VERSION = 2;
const HEADER_BYTES = 4;
const ENTRY_BYTES = 8;
const ID_OFFSET = 4;
/** `include/uapi/linux/posix_acl.h` */
const ACL_USER = 0x02;
const ACL_GROUP = 0x08;

/** The value of a POSIX ACL attribute with the ids of named users and groups renumbered; what is no such value stays as it is. */
export function renumberAcl(value: Buffer, users: IdMap, groups: IdMap): Buffer {
  const isAcl =
    value.length >= HEADER_BYTES &&
    (value.length - HEADER_BYTES) % ENTRY_BYTES === 0 &&
    value.readUInt32LE(0) === VERSION;
  if (!isAcl) return value;
  const renumbered = Buffer.from(value);
  for (let at = HEADER_BYTES; at < value.length; at += ENTRY_BYTES) {
    const tag = value.readUInt16LE(at);
    const map = tag === ACL_USER ? users : tag === ACL_GROUP ? groups : undefined;
    const id = value.readUInt32LE(at + ID_OFFSET);
    renumbered.writeUInt32LE(map?.get(id) ?? id, at + ID_OFFSET);
  }
  return renumbered;
}
