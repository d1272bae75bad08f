import { closeSync, openSync, readSync } from 'node:fs';
import { AshlarError } from '../../model/error.ts';

/** How the control archive of a package is compressed (deb(5)); `tar` is not. */
export type ControlCompression = 'gz' | 'tar' | 'xz' | 'zst';

export interface ControlMember {
  readonly compression: ControlCompression;
  readonly bytes: Buffer;
}

/** ar(5), common format: a magic, then members, each with a header of fixed columns and an even length. */
const MAGIC = '!<arch>\n';
const HEADER_BYTES = 60;
const NAME_BYTES = 16;
const SIZE_COLUMN = 48;
const SIZE_BYTES = 10;
const HEADER_END = '`\n';

/** The control archive is the second member, or the third behind one of `_`-names (deb(5)); it has some hundred kilobytes. */
const MAX_MEMBERS_BEFORE = 8;
const MAX_CONTROL_BYTES = 16 << 20;

const CONTROL_NAME = /^control\.tar(?:\.(gz|xz|zst))?$/;

/** The control archive of the `.deb` at `path`, as it is. Throws `deb-unreadable`. */
export function readControlMember(path: string): ControlMember {
  const file = openSync(path, 'r');
  const read = (offset: number, size: number): Buffer => {
    const bytes = Buffer.alloc(size);
    const got = readSync(file, bytes, 0, size, offset);
    if (got !== size) throw unreadable(path, 'it ends too early');
    return bytes;
  };
  try {
    if (read(0, MAGIC.length).toString('latin1') !== MAGIC) throw unreadable(path, 'it is no ar archive');
    let offset = MAGIC.length;
    for (let member = 0; member < MAX_MEMBERS_BEFORE; member++) {
      const header = read(offset, HEADER_BYTES).toString('latin1');
      const digits = header.slice(SIZE_COLUMN, SIZE_COLUMN + SIZE_BYTES).trim();
      if (!header.endsWith(HEADER_END) || !/^\d+$/.test(digits)) throw unreadable(path, 'a header of it is damaged');
      const size = Number(digits);
      const name = header.slice(0, NAME_BYTES).trim().replace(/\/$/, '');
      const match = CONTROL_NAME.exec(name);
      offset += HEADER_BYTES;
      if (match !== null) {
        if (size > MAX_CONTROL_BYTES) throw unreadable(path, 'its control archive is too large');
        return { compression: (match[1] ?? 'tar') as ControlCompression, bytes: read(offset, size) };
      }
      offset += size + (size % 2);
    }
    throw unreadable(path, 'it has no control archive');
  } finally {
    closeSync(file);
  }
}

function unreadable(path: string, reason: string): AshlarError {
  return new AshlarError('deb-unreadable', `${path} is not a Debian package that Ashlar can read: ${reason}.`, {
    hint: 'Remove it and run the command again: it is fetched again.',
  });
}
