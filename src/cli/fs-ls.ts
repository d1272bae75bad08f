import { z } from 'zod';
import type { ErofsImage } from '../formats/erofs/erofs-image.ts';
import { decodeDevice } from '../formats/erofs/on-disk.ts';
import { readDirectory } from '../formats/erofs/read-directory.ts';
import { type ErofsInode, readInode } from '../formats/erofs/read-inode.ts';
import { readTarget } from '../formats/erofs/read-target.ts';
import { readXattrs } from '../formats/erofs/read-xattrs.ts';
import { isDot, joinPath, walkErofs } from '../formats/erofs/walk-erofs.ts';
import { type ByteString, display } from '../model/byte-string.ts';
import { breathe, inodeAt, withImage } from './fs-image.ts';
import { defineVerb } from './verb.ts';

const entrySchema = z.object({
  path: z.string().describe('From the root of the image; bytes that are not UTF-8 as \\xNN'),
  type: z.enum(['file', 'directory', 'symlink', 'block', 'character', 'fifo', 'socket']),
  mode: z.string().describe('Octal, four digits'),
  uid: z.number().int(),
  gid: z.number().int(),
  size: z.number().int().describe('Bytes of a file or of the target of a symbolic link, otherwise 0'),
  mtime: z
    .string()
    .describe('RFC 3339 in UTC with nanoseconds, or seconds since 1970 where that has no year of four digits'),
  links: z.number().int(),
  target: z.string().optional(),
  device: z.object({ major: z.number().int(), minor: z.number().int() }).optional(),
  xattrs: z.record(z.string(), z.string()).optional().describe('Values in hexadecimal'),
});
type Entry = z.infer<typeof entrySchema>;

const optionsSchema = z.object({
  arguments: z.tuple([z.string(), z.string().default('/')]),
  long: z.boolean().default(false),
  recursive: z.boolean().default(false),
});
const resultSchema = z.object({ entries: z.array(entrySchema), long: z.boolean() });

/** How many entries are listed between two looks at the signal. */
const ENTRIES_PER_BREATH = 1_000;

export default defineVerb({
  command: (command) =>
    command
      .argument('<image>', 'the image: a file or a block device')
      .argument('[path]', 'what to list', '/')
      .option('-l, --long', 'modes, owners, sizes, times, targets')
      .option('-R, --recursive', 'everything below as well'),
  examples: [
    { command: 'ashlar fs ls root.erofs /usr/bin', explains: 'the names in a directory' },
    { command: 'ashlar fs ls -lR root.erofs', explains: 'everything, as ls -l would show it' },
    { command: 'ashlar fs ls -R --json root.erofs', explains: 'the same for a program, with extended attributes' },
  ],
  options: optionsSchema,
  result: resultSchema,
  run: ({ arguments: [path, inside], long, recursive }, call) =>
    withImage(path, async (image) => {
      const start = inodeAt(image, inside, !long);
      const entries: Entry[] = [];
      const listed =
        recursive || start.inode.type !== 'directory'
          ? walkErofs(image, start.inode, start.path)
          : children(image, start.inode, start.path);
      for (const entry of listed) {
        entries.push(describe(image, entry.path, entry.inode));
        if (entries.length % ENTRIES_PER_BREATH === 0) await breathe(call.signal);
      }
      return { result: { entries, long } };
    }),
  text: ({ entries, long }) => (long ? longText(entries) : entries.map(({ path }) => path).join('\n')),
});

function* children(
  image: ErofsImage,
  directory: ErofsInode,
  path: ByteString,
): Generator<{ path: ByteString; inode: ErofsInode }> {
  for (const { name, nid } of readDirectory(image, directory)) {
    if (!isDot(name)) yield { path: joinPath(path, name), inode: readInode(image, nid) };
  }
}

function describe(image: ErofsImage, path: ByteString, inode: ErofsInode): Entry {
  const { type, mode, uid, gid, size, mtime, links } = inode;
  const xattrs = readXattrs(image, inode);
  const hex = [...xattrs].map(([name, value]): [string, string] => [display(name), value.toString('hex')]);
  return {
    path: `/${display(path)}`,
    type,
    mode: mode.toString(8).padStart(4, '0'),
    uid,
    gid,
    size: type === 'file' || type === 'symlink' ? size : 0,
    mtime: timeText(mtime.seconds, mtime.nanoseconds),
    links,
    ...(type === 'symlink' ? { target: display(readTarget(image, inode)) } : {}),
    ...(type === 'block' || type === 'character' ? { device: decodeDevice(inode.union) } : {}),
    ...(hex.length > 0 ? { xattrs: Object.fromEntries(hex) } : {}),
  };
}

/** Seconds of the years 0 to 9999, which RFC 3339 can write. */
const FIRST_SECOND = -62_167_219_200n;
const LAST_SECOND = 253_402_300_799n;

function timeText(seconds: bigint, nanoseconds: number): string {
  const fraction = String(nanoseconds).padStart(9, '0');
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND) return `${seconds}.${fraction}`;
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

const TYPE_LETTERS: Readonly<Record<Entry['type'], string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  block: 'b',
  character: 'c',
  fifo: 'p',
  socket: 's',
};

function longText(entries: readonly Entry[]): string {
  const rows = entries.map((entry) => ({
    mode: TYPE_LETTERS[entry.type] + permissions(Number.parseInt(entry.mode, 8)) + (entry.xattrs ? '+' : ' '),
    links: String(entry.links),
    uid: String(entry.uid),
    gid: String(entry.gid),
    size: entry.device ? `${entry.device.major}, ${entry.device.minor}` : String(entry.size),
    time: entry.mtime.replace('T', ' ').slice(0, 19),
    name: entry.target === undefined ? entry.path : `${entry.path} -> ${entry.target}`,
  }));
  const width = (column: 'links' | 'uid' | 'gid' | 'size'): number =>
    rows.reduce((widest, row) => Math.max(widest, row[column].length), 0);
  const [links, uid, gid, size] = [width('links'), width('uid'), width('gid'), width('size')];
  return rows
    .map((row) =>
      [
        row.mode,
        row.links.padStart(links),
        row.uid.padStart(uid),
        row.gid.padStart(gid),
        row.size.padStart(size),
        row.time,
        row.name,
      ].join(' '),
    )
    .join('\n');
}

/** `rwxr-sr-x`, as ls shows a mode. */
function permissions(mode: number): string {
  const special = [mode & 0o4000 ? 's' : '', mode & 0o2000 ? 's' : '', mode & 0o1000 ? 't' : ''];
  return [6, 3, 0]
    .map((shift, who) => {
      const bits = mode >> shift;
      const letter = special[who] ?? '';
      const execute = letter === '' ? (bits & 1 ? 'x' : '-') : bits & 1 ? letter : letter.toUpperCase();
      return (bits & 4 ? 'r' : '-') + (bits & 2 ? 'w' : '-') + execute;
    })
    .join('');
}
