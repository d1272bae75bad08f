import { tarCorrupt, tarUnsupported } from './tar-error.ts';

const VERSION = 2;
const NO_ID = 0xffff_ffff;
const ENTRY_BYTES = 8;
/** More entries than this do not fit an attribute value. */
const MAX_ENTRIES = 8_191;

/** Tags of `linux/posix_acl.h` for an entry without and with a name. */
const TAGS: Readonly<Record<string, readonly [plain: number, named: number]>> = {
  user: [0x01, 0x02],
  u: [0x01, 0x02],
  group: [0x04, 0x08],
  g: [0x04, 0x08],
  mask: [0x10, 0x10],
  m: [0x10, 0x10],
  other: [0x20, 0x20],
  o: [0x20, 0x20],
};

/**
 * An ACL in text (POSIX.1e draft 17, "long text form", separated by commas or lines; star appends the numeric id as a fourth field)
 * as the kernel's attribute value (`linux/posix_acl_xattr.h`: version, then tag, permissions and id of each entry, sorted). A name
 * without a number is refused: whose it is depends on the machine.
 */
export function parseAclText(text: string, offset: number): Buffer {
  const lines = text.split(/[,\n]/, MAX_ENTRIES + 1).filter((line) => line.trim() !== '');
  if (lines.length > MAX_ENTRIES) throw tarCorrupt(`an ACL has more than ${MAX_ENTRIES} entries`, offset);
  const entries = lines.map((line) => parseEntry(line.trim(), offset));
  entries.sort((a, b) => a.tag - b.tag || a.id - b.id);
  const value = Buffer.alloc(4 + entries.length * ENTRY_BYTES);
  value.writeUInt32LE(VERSION, 0);
  entries.forEach(({ tag, permissions, id }, index) => {
    const at = 4 + index * ENTRY_BYTES;
    value.writeUInt16LE(tag, at);
    value.writeUInt16LE(permissions, at + 2);
    value.writeUInt32LE(id, at + 4);
  });
  return value;
}

function parseEntry(line: string, offset: number): { tag: number; permissions: number; id: number } {
  const parts = /^([a-z]+):([^:]*):([r-])([w-])([x-])(?::([0-9]{1,10}))?$/.exec(line);
  const tags = TAGS[parts?.[1] ?? ''];
  if (parts === null || tags === undefined) throw tarCorrupt('an ACL entry is malformed', offset);
  const [, , name = '', read, write, execute, number] = parts;
  const permissions = (read === 'r' ? 4 : 0) + (write === 'w' ? 2 : 0) + (execute === 'x' ? 1 : 0);
  if (name === '') return { tag: tags[0], permissions, id: NO_ID };
  const id = /^[0-9]{1,10}$/.test(name) ? Number(name) : Number(number ?? Number.NaN);
  if (Number.isNaN(id)) throw tarUnsupported('an ACL that names a user without a number', offset);
  if (id >= NO_ID) throw tarCorrupt('an ACL has an id out of range', offset);
  return { tag: tags[1], permissions, id };
}
